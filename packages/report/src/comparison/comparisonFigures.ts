import { figureMarkup, legendMarkup } from '../charts/figure.ts';
import { rowChart } from '../charts/labelledRows.ts';
import { onFront, paretoChart } from '../charts/paretoChart.ts';
import type { ComparisonRecord } from '../comparisonRecord.ts';
import { html, nameText, type Markup } from '../text/html.ts';
import { percentText, timesText } from '../text/numbers.ts';
import { shownText } from '../text/shownText.ts';
import type { RowFacts } from './comparisonFacts.ts';
import { differenceText } from './comparisonTable.ts';

/** What a row costs in accuracy, and what it gains. */
export function comparisonFigures(rows: readonly RowFacts[], record: ComparisonRecord): Markup {
  return html`<div class="figures">
    ${differenceFigure(rows, record)}
    ${paretoFigure(rows, {
      title: 'Accuracy and theoretical speed-up',
      xLabel: 'theoretical speed-up over float32 (×)',
      speedupOf: ({ row }) => row.theoreticalSpeedup,
    })}
    ${paretoFigure(rows, {
      title: 'Accuracy and measured speed-up',
      xLabel: 'measured speed-up over the baseline (×)',
      speedupOf: ({ row }) => row.measuredSpeedup,
    })}
  </div>`;
}

function differenceFigure(
  rows: readonly RowFacts[],
  { confidence }: ComparisonRecord,
): Markup | null {
  const compared = rows.flatMap(({ row, number }) =>
    row.difference ? [{ ...row, number, difference: row.difference }] : [],
  );
  if (compared.length === 0) return null;
  const drawn = compared.map(({ number, label, difference: { mean, interval } }) => ({
    label: `${number} ${label}`,
    value: 100 * mean,
    interval: interval && ([100 * interval[0], 100 * interval[1]] as const),
    valueText: differenceText({ mean, interval }),
    colour: 'var(--series-0)',
  }));
  return figureMarkup({
    title: 'Difference to the baseline',
    description: html`Points of accuracy, paired by seed, with intervals of
    ${percentText(confidence, 0)} confidence. An interval across zero leaves open which is better.`,
    spoken: drawn.map(({ label, valueText }) => `${label}: ${valueText}`).join('; '),
    chart: rowChart({ rows: drawn, xLabel: 'difference in percentage points', kind: 'intervals' }),
  });
}

interface ParetoFigure {
  readonly title: string;
  readonly xLabel: string;
  readonly speedupOf: (facts: RowFacts) => number | null;
}

function paretoFigure(
  rows: readonly RowFacts[],
  { title, xLabel, speedupOf }: ParetoFigure,
): Markup | null {
  const known = rows.flatMap((facts) => {
    const { accuracy } = facts.row;
    const speedup = speedupOf(facts);
    if (speedup === null || !accuracy) return [];
    const { mean, standardDeviation: spread } = accuracy;
    return [{ facts, x: speedup, y: 100 * mean, ySpread: spread === null ? null : 100 * spread }];
  });
  if (known.length === 0) return null;
  const front = onFront(known);
  const points = known.map(({ facts, ...point }, i) => ({
    ...point,
    facts,
    label: String(facts.number),
    isOnFront: front[i]!,
  }));
  return figureMarkup({
    title,
    description:
      'Up and to the right is better. Filled points are on the front: no other row has more of one without less of ' +
      'the other. Bars are one standard deviation over the seeds.',
    spoken: points
      .map(
        ({ facts, x, y, isOnFront }) =>
          `${shownText(facts.row.label)}: ${y.toFixed(2)} % at ${timesText(x)}${isOnFront ? ', on the front' : ''}`,
      )
      .join('; '),
    chart: paretoChart(points, { xLabel, yLabel: 'accuracy (%)' }),
    details: legendMarkup(
      points.map(({ facts, label, isOnFront }) => ({
        ...(isOnFront
          ? { colour: 'var(--series-0)', ink: 'var(--card)' }
          : { colour: 'var(--missing)' }),
        letter: label,
        label: nameText(facts.row.label),
      })),
      'key',
    ),
  });
}
