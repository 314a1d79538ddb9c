import type { ComparisonRecord } from '../comparisonRecord.ts';
import { html, nameText, type Content, type Markup } from '../text/html.ts';
import { durationText, epsilonText, percentText, pointsText, timesText } from '../text/numbers.ts';
import type { RowFacts } from './comparisonFacts.ts';

interface Column {
  readonly name: string;
  readonly cell: (facts: RowFacts) => Content;
}

const missing = html`<span class="faint">–</span>`;

const columns: readonly Column[] = [
  {
    name: 'accuracy ± sd',
    cell: ({ row: { accuracy } }) => {
      if (!accuracy) return missing;
      const { mean, standardDeviation, n } = accuracy;
      const spread = standardDeviation === null ? '' : ` ± ${(100 * standardDeviation).toFixed(2)}`;
      return html`${(100 * mean).toFixed(2)}${spread} % <span class="faint n">(n = ${n})</span>`;
    },
  },
  {
    name: 'difference, points',
    cell: ({ row: { difference, isBaseline } }) => {
      if (isBaseline) return html`<span class="faint">baseline</span>`;
      return difference ? differenceText(difference) : missing;
    },
  },
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

/** A difference in points with its interval: `+0.42 [−0.10, +0.94]`. */
export function differenceText({
  mean,
  interval,
}: {
  readonly mean: number;
  readonly interval: readonly [number, number] | null;
}): string {
  const around = interval ? ` [${interval.map(pointsText).join(', ')}]` : '';
  return `${pointsText(mean)}${around}`;
}

/** What came out, a line a row. */
export function comparisonTable(rows: readonly RowFacts[], record: ComparisonRecord): Markup {
  return html`<table class="stacked">
    <caption>
      Accuracies are of the public part; sd is the standard deviation over n seeds. Differences are
      to the baseline, paired by seed, with an interval of ${percentText(record.confidence, 0)}
      confidence by Student’s t.
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
