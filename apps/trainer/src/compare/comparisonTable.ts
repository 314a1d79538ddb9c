import type { ComparedRow, ComparisonRecord, Spread } from '@dpquant/report';
import { duration } from '../duration.ts';
import { epsilonText } from '../epsilonText.ts';
import { table } from '../table.ts';

/** The table of a comparison in lines, and what is to be said of its privacy. */
export function comparisonLines(record: ComparisonRecord): string[] {
  const { confidence, table: rows } = record;
  const baseline = rows.find(({ isBaseline }) => isBaseline);
  const head = [
    ...['row', 'accuracy, %', 'n', `difference to ${baseline?.label ?? 'the first'}`],
    ...['low precision', 'theoretical', 'measured', 'time'],
  ];
  return [
    ...table([head, ...rows.map(cellsOf)], { left: [0] }),
    '',
    `difference: of pairs of the same seed, with Student's ${100 * confidence} % interval`,
    ...privacyLines(record),
  ];
}

function cellsOf(row: ComparedRow): string[] {
  const { label, accuracy, difference, quantizedFraction, theoreticalSpeedup, measuredSpeedup } =
    row;
  const times = (factor: number | null) => (factor === null ? '–' : `${factor.toFixed(2)}×`);
  return [
    label,
    accuracy === null ? '–' : percent(accuracy),
    String(accuracy?.n ?? 0),
    difference === null ? (row.isBaseline ? 'baseline' : '–') : differenceText(difference),
    quantizedFraction == null ? '–' : `${(100 * quantizedFraction).toFixed(0)} %`,
    times(theoreticalSpeedup),
    times(measuredSpeedup),
    row.seconds === null ? '–' : duration(row.seconds.mean),
  ];
}

function percent({ mean, standardDeviation }: Spread): string {
  const text = (100 * mean).toFixed(2);
  return standardDeviation === null ? text : `${text} ± ${(100 * standardDeviation).toFixed(2)}`;
}

function differenceText({ mean, interval }: NonNullable<ComparedRow['difference']>): string {
  if (!interval) return signed(mean);
  return `${signed(mean)} [${signed(interval[0])}, ${signed(interval[1])}]`;
}

function signed(fraction: number): string {
  const text = (100 * Math.abs(fraction)).toFixed(2);
  return `${fraction < 0 ? '−' : '+'}${text}`;
}

/** What the guarantee of all runs together is, and what it does not cover. */
function privacyLines({ guarantee, composedEpsilon, delta, runs }: ComparisonRecord): string[] {
  if (guarantee === 'public data') {
    return ['privacy: the data are public by your word; no ε is composed, and none is promised'];
  }
  if (guarantee === 'none') {
    return [
      'guarantee none: there are runs without privacy, with reproducible noise, or whose ledger is damaged or gone among ' +
        'them, so that nothing bounds what all of them together tell',
    ];
  }
  if (composedEpsilon === null) return ['privacy: no bound is known for all runs together'];
  const count = runs.filter(
    ({ epsilon, state }) => epsilon !== undefined || state !== 'not finished',
  ).length;
  return [
    `privacy: all runs together (${count} of ${runs.length} ended) are ε = ${epsilonText(composedEpsilon)} at δ = ${delta}; ` +
      "choosing a winner among the rows is not covered by one row's ε",
  ];
}
