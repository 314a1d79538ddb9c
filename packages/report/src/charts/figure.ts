import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom/worker';
import { html, Markup, nameText, type Content } from '../text/html.ts';
import { shownText } from '../text/shownText.ts';

/** Pixels of a chart that fits a phone as it is. */
export const narrow = 360;

/** A chart that is drawn, and what goes with it. */
export interface Figure {
  readonly title: string;
  /** What is to be seen, in a sentence or two: for who does not see the chart, and for who does. */
  readonly description: Content;
  /** The description as text alone. */
  readonly spoken: string;
  readonly chart: Plot.PlotOptions;
  /** Explains colours and letters. */
  readonly legend?: Content;
  /** What is below: a table of the same. */
  readonly details?: Content;
}

/** A figure as HTML, its chart as static SVG. */
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

/** @param label for who does not see the chart */
function drawing(chart: Plot.PlotOptions, label: string): Markup {
  const { document } = parseHTML('<!doctype html><html><body></body></html>');
  const plot = Plot.plot({ ...chart, document, className: 'chart', width: chart.width ?? narrow });
  // Everything that it says is in the style of the page.
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
 * A hundredth of a pixel is not seen, parts of an image are not read out by themselves, and names
 * have no characters that are not seen, wherever the library has put them.
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

/** An entry of a legend: what a colour, and a letter in it, stands for. */
export interface LegendEntry {
  readonly colour: string;
  /** Of the letter. */
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
