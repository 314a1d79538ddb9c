import type { ComparisonRecord, PairedDifference } from '../comparisonRecord.ts';
import { html, nameText, type Content, type Markup } from '../text/html.ts';
import { durationText, epsilonText, percentText, timesText } from '../text/numbers.ts';
import { capitalized, type MetricScale } from '../text/metricScale.ts';
import { scoreScale, type RowFacts } from './comparisonFacts.ts';

interface Column {
  readonly name: string;
  readonly cell: (facts: RowFacts) => Content;
}

const missing = html`<span class="faint">–</span>`;

const scoreColumns = (scale: MetricScale): readonly Column[] => [
  {
    name: `${scale.name} ± sd`,
    cell: ({ row: { score } }) => {
      if (!score) return missing;
      const { mean, standardDeviation, n } = score;
      const spread = standardDeviation === null ? '' : ` ± ${scale.amount(standardDeviation)}`;
      const unit = scale.factor === 100 ? ' %' : '';
      return html`${scale.amount(mean)}${spread}${unit} <span class="faint n">(n = ${n})</span>`;
    },
  },
  {
    name: scale.differenceUnit === '' ? 'difference' : 'difference, points',
    cell: ({ row: { difference, isBaseline } }) => {
      if (isBaseline) return html`<span class="faint">baseline</span>`;
      return difference ? differenceText(difference, scale) : missing;
    },
  },
];

const otherColumns: readonly Column[] = [
  {
    name: 'layers in low precision',
    cell: ({ quantizedFraction: share }) => (share === null ? missing : percentText(share, 0)),
  },
  {
    name: 'theoretical speed-up',
    cell: ({ row }) =>
      row.theoreticalSpeedup === null ? missing : timesText(row.theoreticalSpeedup),
  },
  {
    name: 'measured speed-up',
    cell: ({ row }) => (row.measuredSpeedup === null ? missing : timesText(row.measuredSpeedup)),
  },
  {
    name: 'ε of one run',
    cell: ({ row, runs }) => {
      const isOver = runs.some(({ state }) => state === 'finished');
      return isOver ? epsilonText(row.epsilon) : missing;
    },
  },
  {
    name: 'time of one run',
    cell: ({ row: { seconds } }) => (seconds ? durationText(seconds.mean) : missing),
  },
];

/** A difference with its interval: `+0.42 [−0.10, +0.94]`. */
export function differenceText(
  { mean, interval }: Pick<PairedDifference, 'mean' | 'interval'>,
  scale: Pick<MetricScale, 'difference'>,
): string {
  const around = interval ? ` [${interval.map((end) => scale.difference(end)).join(', ')}]` : '';
  return `${scale.difference(mean)}${around}`;
}

/** The table of results, one row per combination of settings. */
export function comparisonTable(rows: readonly RowFacts[], record: ComparisonRecord): Markup {
  const scale = scoreScale(record);
  const columns = [...scoreColumns(scale), ...otherColumns];
  return html`<table class="stacked">
    <caption>
      ${nameText(capitalized(scale.name))} is measured on the public
      part${record.score.better === 'less' && ' (lower is better)'}; sd is the standard deviation
      over n seeds. Differences are to the baseline, paired by seed, with an interval of
      ${percentText(record.confidence, 0)} confidence by Student’s t.
    </caption>
    <thead>
      <tr>
        <th scope="col">row</th>
        ${columns.map(({ name }) => html`<th scope="col">${name}</th>`)}
      </tr>
    </thead>
    <tbody>
      ${rows.map(
        (facts) =>
          html`<tr>
            <th scope="row">
              <span class="faint">${facts.number}</span> ${nameText(facts.row.label)}
            </th>
            ${columns.map(
              ({ name, cell }) =>
                html`<td class="number" data-label="${name}"><span>${cell(facts)}</span></td>`,
            )}
          </tr>`,
      )}
    </tbody>
  </table>`;
}
