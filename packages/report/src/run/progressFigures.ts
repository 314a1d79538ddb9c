import { figureMarkup } from '../charts/figure.ts';
import { domainAround, lineChart } from '../charts/lineChart.ts';
import { rowChart, type LabelledRow } from '../charts/labelledRows.ts';
import type { RunRecords } from '../runRecords.ts';
import { html, type Markup } from '../text/html.ts';
import { epsilonText, powerText } from '../text/numbers.ts';
import type { RunFacts } from './runFacts.ts';

/** Accuracy and ε over the epochs, and what took how much of ε. */
export function progressFigures(records: RunRecords, facts: RunFacts): Markup {
  const figures = [
    accuracyFigure(records, facts),
    epsilonFigure(records, facts),
    spendingFigure(records, facts),
  ].filter((figure) => figure !== null);
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
    ${unknown}`;
}

function accuracyFigure({ metrics }: RunRecords, { epochsPlanned }: RunFacts): Markup | null {
  const points = metrics.flatMap(({ epoch, validationAccuracy }) =>
    typeof validationAccuracy === 'number' ? [{ x: epoch + 1, y: 100 * validationAccuracy }] : [],
  );
  if (points.length === 0) return null;
  const values = points.map(({ y }) => y);
  const last = values.at(-1)!.toFixed(2);
  return figureMarkup({
    title: 'Accuracy over epochs',
    description: 'On the public part of the data, at the end of each epoch.',
    spoken: `From ${values[0]!.toFixed(2)} % to ${last} % in ${values.length} epochs.`,
    chart: lineChart({
      lines: [{ points, colour: 'var(--series-0)' }],
      xLabel: 'epoch',
      yLabel: 'accuracy (%)',
      yDomain: domainAround(values, 2, [0, 100]),
      xEnd: epochsPlanned ?? 1,
      valueText: (y) => y.toFixed(2),
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
      : `As the accountant adds it up${at}. It bounds nothing in this run, which has no guarantee.`,
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
        ? 'Each part as if it were alone. Together they cost less than their sum: noise hides all of them at once.'
        : 'Only training steps were charged.',
    spoken: rows.map(({ label, valueText }) => `${label}: ${valueText}`).join(', '),
    chart: rowChart({ rows, xLabel: 'ε', kind: 'bars' }),
  });
}

function bar(label: string, value: number, colour: string): LabelledRow {
  return { label, value, valueText: epsilonText(value), colour };
}
