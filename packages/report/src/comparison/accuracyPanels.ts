import { figureMarkup } from '../charts/figure.ts';
import { domainAround, lineChart, type Line } from '../charts/lineChart.ts';
import { html, type Markup } from '../text/html.ts';
import { plural } from '../text/numbers.ts';
import type { Curve, RowFacts } from './comparisonFacts.ts';

const colours = [0, 1, 2, 3, 4].map((i) => `var(--series-${i})`);
/** After all colours, the next dashes. */
const dashes = ['', '6 3', '2 3', '8 3 2 3'];

/** What keeps the page small. */
const mostPanels = 60;
const mostPoints = 4000;

/** Accuracy over epochs, a panel a row and a line a seed, on the same axes. */
export function accuracyPanels(rows: readonly RowFacts[], seeds: readonly number[]): Markup | null {
  const begun = rows.filter(({ curves }) => curves.length > 0);
  const shown = begun.slice(0, mostPanels);
  const all = shown.flatMap(({ curves }) => curves.flatMap(({ points }) => points));
  if (all.length === 0) return null;
  const yDomain = domainAround(
    all.map(({ y }) => y),
    2,
    [0, 100],
  );
  const xEnd = Math.max(...all.map(({ x }) => x));
  const lineCount = shown.reduce((sum, { curves }) => sum + curves.length, 0);
  const pointsPerLine = Math.max(10, Math.floor(mostPoints / lineCount));
  const styleOf = (seed: number) => lineStyle(seeds.indexOf(seed));
  return html`<h2>Accuracy over epochs</h2>
    <p class="note">
      On the public part of the data, a panel a row on the same axes and a line a seed. A row of
      random subsets of layers has a line for
      each.${begun.length > shown.length && ` Of ${begun.length} rows the first ${shown.length} are shown.`}
    </p>
    <ul class="legend">
      ${seeds.map((seed) => html`<li>${lineSample(styleOf(seed))}seed ${String(seed)}</li>`)}
    </ul>
    <div class="panels">
      ${shown.map(({ row, number, curves }) =>
        figureMarkup({
          title: `${number} ${row.label}`,
          description: endsText(curves),
          spoken: curves
            .map(({ seed, points }) => `seed ${seed} ends at ${points.at(-1)!.y.toFixed(2)} %`)
            .join(', '),
          chart: lineChart({
            lines: curves.map(({ seed, points }) => ({ points, ...styleOf(seed) })),
            xLabel: 'epoch',
            yLabel: 'accuracy (%)',
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

/** Where the lines end, which may lie too close to be told apart. */
function endsText(curves: readonly Curve[]): string {
  const ends = curves.map(({ points }) => points.at(-1)!.y);
  const [low, high] = [Math.min(...ends), Math.max(...ends)];
  if (ends.length === 1) return `Ends at ${low.toFixed(2)} %.`;
  return `${plural(ends.length, 'run')}, which end between ${low.toFixed(2)} and ${high.toFixed(2)} %.`;
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
