import { figureMarkup, legendMarkup } from '../charts/figure.ts';
import { rowChart } from '../charts/labelledRows.ts';
import { onFront, paretoChart } from '../charts/paretoChart.ts';
import type { ComparisonRecord } from '../comparisonRecord.ts';
import { html, nameText, type Markup } from '../text/html.ts';
import { capitalized } from '../text/metricScale.ts';
import { percentText, timesText } from '../text/numbers.ts';
import { shownText } from '../text/shownText.ts';
import { fitted } from '../text/textWidth.ts';
import { scoreScale, type RowFacts } from './comparisonFacts.ts';
import { differenceText } from './comparisonTable.ts';

/** Figures of each row's score against its speed-up. */
export function comparisonFigures(rows: readonly RowFacts[], record: ComparisonRecord): Markup {
  const name = capitalized(scoreScale(record).name);
  return html`<div class="figures">
    ${differenceFigure(rows, record)}
    ${paretoFigure(rows, record, {
      title: `${name} and theoretical speed-up`,
      xLabel: 'theoretical speed-up over float32 (×)',
      speedupOf: ({ row }) => row.theoreticalSpeedup,
    })}
    ${paretoFigure(rows, record, {
      title: `${name} and measured speed-up`,
      xLabel: 'measured speed-up over the baseline (×)',
      speedupOf: ({ row }) => row.measuredSpeedup,
    })}
  </div>`;
}

function differenceFigure(rows: readonly RowFacts[], record: ComparisonRecord): Markup | null {
  const { confidence, score } = record;
  const scale = scoreScale(record);
  const compared = rows.flatMap(({ row, number }) =>
    row.difference ? [{ ...row, number, difference: row.difference }] : [],
  );
  if (compared.length === 0) return null;
  const { factor } = scale;
  const drawn = compared.map(({ number, label, difference: { mean, interval } }) => ({
    label: `${number} ${label}`,
    value: factor * mean,
    interval: interval && ([factor * interval[0], factor * interval[1]] as const),
    valueText: differenceText({ mean, interval }, scale),
    colour: 'var(--series-0)',
  }));
  const unit = scale.differenceUnit;
  const isLess = score.better === 'less';
  return figureMarkup({
    title: 'Difference to the baseline',
    description: html`In ${nameText(scale.name)}, paired by seed, with intervals of
    ${percentText(confidence, 0)} confidence. ${isLess ? 'Lower' : 'Higher'} is better; if an
    interval contains zero, it is open which row is better.`,
    spoken: drawn.map(({ label, valueText }) => `${label}: ${valueText}`).join('; '),
    chart: rowChart({
      rows: drawn,
      xLabel: unit === '' ? 'difference' : `difference in ${unit}`,
      kind: 'intervals',
    }),
  });
}

/** In pixels. */
const widestAxis = 250;

interface ParetoFigure {
  readonly title: string;
  readonly xLabel: string;
  readonly speedupOf: (facts: RowFacts) => number | null;
}

function paretoFigure(
  rows: readonly RowFacts[],
  record: ComparisonRecord,
  { title, xLabel, speedupOf }: ParetoFigure,
): Markup | null {
  const { better } = record.score;
  const scale = scoreScale(record);
  const { factor } = scale;
  const known = rows.flatMap((facts) => {
    const { score } = facts.row;
    const speedup = speedupOf(facts);
    if (speedup === null || !score) return [];
    const { mean, standardDeviation } = score;
    const ySpread = standardDeviation === null ? null : factor * standardDeviation;
    return [{ facts, x: speedup, y: factor * mean, ySpread }];
  });
  if (known.length === 0) return null;
  const front = onFront(known, better);
  const points = known.map(({ facts, ...point }, i) => ({
    ...point,
    facts,
    label: String(facts.number),
    isOnFront: front[i]!,
  }));
  return figureMarkup({
    title,
    description:
      `${better === 'greater' ? 'Up' : 'Down'} and to the right is better. ` +
      'Filled points are on the front: no other row is better in one without being worse in ' +
      'the other. Bars are one standard deviation over the seeds.',
    spoken: points
      .map(
        ({ facts, x, y, isOnFront }) =>
          `${shownText(facts.row.label)}: ${scale.text(y / factor)} at ${timesText(x)}${isOnFront ? ', on the front' : ''}`,
      )
      .join('; '),
    chart: paretoChart(points, {
      xLabel,
      yLabel: fitted(scale.axis, widestAxis),
      ...{ yLeast: scale.least / 2, yLimits: scale.limits },
    }),
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
