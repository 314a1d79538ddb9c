import { figureMarkup } from '../charts/figure.ts';
import { domainAround, lineChart } from '../charts/lineChart.ts';
import { rowChart, type LabelledRow } from '../charts/labelledRows.ts';
import { metricPoints } from '../metrics.ts';
import type { RunRecords } from '../runRecords.ts';
import { html, type Markup } from '../text/html.ts';
import { capitalized, metricMeaning, metricScale } from '../text/metricScale.ts';
import { epsilonText, powerText } from '../text/numbers.ts';
import { fitted } from '../text/textWidth.ts';
import type { RunFacts } from './runFacts.ts';

/** In pixels. */
const widestAxis = 250;

/** The task's metrics and ε over the epochs, and how ε was spent. */
export function progressFigures(records: RunRecords, facts: RunFacts): Markup {
  const [score, ...others] = facts.metricNames
    .slice(0, mostMetrics)
    .map((metric) => metricFigure(records, facts, metric));
  const figures = [
    score ?? null,
    epsilonFigure(records, facts),
    spendingFigure(records, facts),
    ...others,
  ].filter((figure) => figure !== null);
  const left = facts.metricNames.length - mostMetrics;
  const unknown =
    facts.hasGuarantee &&
    !records.spending &&
    html`<p class="note">
      The ledger is missing or damaged: what took how much of ε is left out.
    </p>`;
  if (figures.length === 0) {
    return html`<p class="note">No epoch has ended: nothing to draw yet.</p>`;
  }
  return html`<div class="figures">${figures}</div>
    ${
      left > 0 &&
      html`<p class="note">
        Of ${facts.metricNames.length} metrics the first ${mostMetrics} are drawn; all are in
        metrics.jsonl and summary.json.
      </p>`
    }
    ${unknown}`;
}

/** Greatest number of metrics drawn, for tasks with several outputs. */
const mostMetrics = 12;

function metricFigure(
  { metrics, summary }: RunRecords,
  { epochsPlanned }: RunFacts,
  metric: string,
): Markup | null {
  const found = metricPoints(metrics, metric);
  if (found.length === 0) return null;
  const values = found.map(({ y }) => y);
  const { factor, least, limits, ...scale } = metricScale(metric, values);
  const points = found.map(({ x, y }) => ({ x, y: factor * y }));
  const isLess = summary?.score?.metric === metric && summary.score.better === 'less';
  const meaning = metricMeaning(metric);
  return figureMarkup({
    title: `${capitalized(scale.name)} over epochs`,
    description: [
      'On the public part of the data, at the end of each epoch.',
      meaning || (isLess && 'Lower is better.'),
    ]
      .filter(Boolean)
      .join(' '),
    spoken: `From ${scale.text(values[0]!)} to ${scale.text(values.at(-1)!)} in ${values.length} epochs.`,
    chart: lineChart({
      lines: [{ points, colour: 'var(--series-0)' }],
      xLabel: 'epoch',
      yLabel: fitted(scale.axis, widestAxis),
      yDomain: domainAround(
        points.map(({ y }) => y),
        least,
        limits,
      ),
      xEnd: epochsPlanned ?? 1,
      valueText: (y) => scale.amount(y / factor),
    }),
  });
}

function epsilonFigure({ metrics }: RunRecords, facts: RunFacts): Markup | null {
  const { epsilonTarget, hasGuarantee, delta, epochsPlanned } = facts;
  const points = metrics.flatMap(({ epoch, epsilon }) =>
    typeof epsilon === 'number' ? [{ x: epoch + 1, y: epsilon }] : [],
  );
  if (points.length === 0) return null;
  const top = Math.max(epsilonTarget ?? 0, ...points.map(({ y }) => y));
  const at = delta === undefined ? '' : ` at δ = ${powerText(delta)}`;
  return figureMarkup({
    title: 'ε over epochs',
    description: hasGuarantee
      ? `Charged to the ledger by the end of each epoch${at}.`
      : `As computed by the accountant${at}. This run has no guarantee, so it is not a bound.`,
    spoken: `From ${epsilonText(points[0]!.y)} to ${epsilonText(points.at(-1)!.y)}.`,
    chart: lineChart({
      lines: [{ points, colour: 'var(--series-0)' }],
      xLabel: 'epoch',
      yLabel: 'ε',
      yDomain: [0, 1.12 * top],
      xEnd: epochsPlanned ?? 1,
      rule:
        epsilonTarget === undefined
          ? undefined
          : { y: epsilonTarget, label: `goal ${epsilonText(epsilonTarget)}` },
      valueText: epsilonText,
    }),
  });
}

const partNames = {
  training: 'training steps',
  analyses: 'analyses that steer the layers',
  imported: 'spent before, on the initial weights',
};

function spendingFigure({ spending }: RunRecords, { hasGuarantee }: RunFacts): Markup | null {
  if (!spending || !hasGuarantee || spending.total === null) return null;
  const { parts, total } = spending;
  const rows = (['training', 'analyses', 'imported'] as const).flatMap((part) => {
    const value = parts[part];
    return value === null || (value === 0 && part !== 'training')
      ? []
      : [bar(partNames[part], value, part === 'training' ? 'var(--series-0)' : 'var(--series-1)')];
  });
  if (rows.length > 1) rows.push(bar('all together', total, 'var(--series-2)'));
  return figureMarkup({
    title: 'What took how much of ε',
    description:
      rows.length > 1
        ? 'Each part by itself; composed, the parts cost less than their sum.'
        : 'Only training steps were charged.',
    spoken: rows.map(({ label, valueText }) => `${label}: ${valueText}`).join(', '),
    chart: rowChart({ rows, xLabel: 'ε', kind: 'bars' }),
  });
}

function bar(label: string, value: number, colour: string): LabelledRow {
  return { label, value, valueText: epsilonText(value), colour };
}
