import { figureMarkup } from '../charts/figure.ts';
import { domainAround, lineChart, type Line } from '../charts/lineChart.ts';
import type { ComparisonRecord } from '../comparisonRecord.ts';
import { html, nameText, type Markup } from '../text/html.ts';
import { capitalized, type MetricScale } from '../text/metricScale.ts';
import { plural } from '../text/numbers.ts';
import { fitted } from '../text/textWidth.ts';
import { scoreScale, type Curve, type RowFacts } from './comparisonFacts.ts';

const colours = [0, 1, 2, 3, 4].map((i) => `var(--series-${i})`);
/** When all colours are used, they repeat with the next dash pattern. */
const dashes = ['', '6 3', '2 3', '8 3 2 3'];

/** Limits that keep the page small. */
const mostPanels = 60;
const mostPoints = 4000;
/** In pixels. */
const widestAxis = 200;

/** The score over epochs: one panel per row, one line per seed, on common axes. */
export function scorePanels(rows: readonly RowFacts[], record: ComparisonRecord): Markup | null {
  const { seeds } = record;
  const scale = scoreScale(record);
  const begun = rows.filter(({ curves }) => curves.length > 0);
  const shown = begun.slice(0, mostPanels);
  const all = shown.flatMap(({ curves }) => curves.flatMap(({ points }) => points));
  if (all.length === 0) return null;
  const yDomain = domainAround(
    all.map(({ y }) => scale.factor * y),
    scale.least,
    scale.limits,
  );
  const xEnd = Math.max(...all.map(({ x }) => x));
  const lineCount = shown.reduce((sum, { curves }) => sum + curves.length, 0);
  const pointsPerLine = Math.max(10, Math.floor(mostPoints / lineCount));
  const styleOf = (seed: number) => lineStyle(seeds.indexOf(seed));
  return html`<h2>${nameText(capitalized(scale.name))} over epochs</h2>
    <p class="note">
      On the public part of the data: one panel per row, on common axes, and one line per seed (one
      per random subset of layers, for rows that have
      them).${begun.length > shown.length && ` Of ${begun.length} rows the first ${shown.length} are shown.`}
    </p>
    <ul class="legend">
      ${seeds.map((seed) => html`<li>${lineSample(styleOf(seed))}seed ${String(seed)}</li>`)}
    </ul>
    <div class="panels">
      ${shown.map(({ row, number, curves }) =>
        figureMarkup({
          title: `${number} ${row.label}`,
          description: endsText(curves, scale),
          spoken: curves
            .map(({ seed, points }) => `seed ${seed} ends at ${scale.text(points.at(-1)!.y)}`)
            .join(', '),
          chart: lineChart({
            lines: curves.map(({ seed, points }) => ({
              points: points.map(({ x, y }) => ({ x, y: scale.factor * y })),
              ...styleOf(seed),
            })),
            xLabel: 'epoch',
            yLabel: fitted(scale.axis, widestAxis),
            yDomain,
            xEnd,
            pointsPerLine,
            width: 280,
            height: 190,
          }),
        }),
      )}
    </div>`;
}

/** The range of the lines' last values, which may be too close to distinguish in the chart. */
function endsText(curves: readonly Curve[], { text, amount }: MetricScale): string {
  const ends = curves.map(({ points }) => points.at(-1)!.y);
  const [low, high] = [Math.min(...ends), Math.max(...ends)];
  if (ends.length === 1) return `Ends at ${text(low)}.`;
  return `${plural(ends.length, 'run')}, with last values between ${amount(low)} and ${text(high)}.`;
}

function lineStyle(index: number): Pick<Line, 'colour' | 'dashes'> {
  const i = Math.max(0, index);
  const pattern = dashes[Math.floor(i / colours.length) % dashes.length]!;
  return { colour: colours[i % colours.length]!, ...(pattern !== '' && { dashes: pattern }) };
}

function lineSample({ colour, dashes: pattern = '' }: Pick<Line, 'colour' | 'dashes'>): Markup {
  return html`<svg class="dash" width="28" height="8" viewBox="0 0 28 8" aria-hidden="true">
    <path d="M0,4H28" stroke="${colour}" stroke-width="3" stroke-dasharray="${pattern}" />
  </svg>`;
}
