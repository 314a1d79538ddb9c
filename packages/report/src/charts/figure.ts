import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom/worker';
import { html, Markup, nameText, type Content } from '../text/html.ts';
import { shownText } from '../text/shownText.ts';

/** Width in pixels of a chart that fits a phone without scaling. */
export const narrow = 360;

/** A chart with its texts. */
export interface Figure {
  readonly title: string;
  /** What the chart shows, in one or two sentences, for all readers. */
  readonly description: Content;
  /** Plain-text description for screen readers. */
  readonly spoken: string;
  readonly chart: Plot.PlotOptions;
  /** Explains colours and letters. */
  readonly legend?: Content;
  /** Shown below the chart: the same numbers as a table. */
  readonly details?: Content;
}

/** A figure as HTML, with its chart as static SVG. */
export function figureMarkup({
  title,
  description,
  spoken,
  chart,
  legend,
  details,
}: Figure): Markup {
  const { width = narrow } = chart;
  const svg = drawing(chart, `${title}. ${spoken}`);
  return html`<figure class="${width > narrow ? 'wide' : 'small'}">
    <figcaption>
      <h3>${nameText(title)}</h3>
      <p>${description}</p>
    </figcaption>
    ${legend}
    ${
      width > narrow
        ? html`<div class="scroll" tabindex="0" role="group" aria-label="${title}">${svg}</div>`
        : svg
    }
    ${details}
  </figure>`;
}

/** @param label description for screen readers */
function drawing(chart: Plot.PlotOptions, label: string): Markup {
  const { document } = parseHTML('<!doctype html><html><body></body></html>');
  const plot = Plot.plot({ ...chart, document, className: 'chart', width: chart.width ?? narrow });
  // The page's style replaces the library's.
  plot.querySelector('style')?.remove();
  plot.setAttribute('role', 'img');
  plot.setAttribute('aria-label', shownText(label));
  for (const element of plot.querySelectorAll('*')) tidy(element);
  return new Markup(plot.outerHTML);
}

const geometry = [
  'd',
  'transform',
  'x',
  'y',
  'width',
  'height',
  'cx',
  'cy',
  'x1',
  'x2',
  'y1',
  'y2',
];

/**
 * Rounds coordinates to hundredths of a pixel, hides parts of the image from screen readers, and
 * makes invisible characters in texts visible.
 */
function tidy(element: Element): void {
  const { firstChild } = element;
  if (firstChild?.nodeType === 3 && firstChild.nextSibling === null) {
    firstChild.nodeValue = shownText(firstChild.nodeValue ?? '');
  }
  element.removeAttribute('aria-label');
  element.removeAttribute('aria-hidden');
  for (const name of geometry) {
    const value = element.getAttribute(name);
    if (value?.includes('.')) {
      const rounded = value.replace(/-?\d*\.\d+(?:e-?\d+)?/g, (digits) =>
        String(Math.round(100 * Number(digits)) / 100),
      );
      element.setAttribute(name, rounded);
    }
  }
}

/** An entry of a legend: the meaning of a colour and of a letter. */
export interface LegendEntry {
  readonly colour: string;
  /** Colour of the letter. */
  readonly ink?: string;
  readonly letter?: string;
  readonly label: Content;
}

/** @param kind `key` for many entries, in columns */
export function legendMarkup(entries: readonly LegendEntry[], kind: 'row' | 'key' = 'row'): Markup {
  return html`<ul class="legend ${kind}">
    ${entries.map(
      ({ colour, ink = 'inherit', letter, label }) =>
        html`<li>
          <span class="swatch" style="background:${colour};color:${ink}">${letter}</span>${label}
        </li>`,
    )}
  </ul>`;
}
