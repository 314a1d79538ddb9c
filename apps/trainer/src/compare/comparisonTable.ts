import type { ComparedRow, ComparisonRecord, Spread } from '@dpquant/report';
import { duration } from '../duration.ts';
import { epsilonText } from '../epsilonText.ts';
import { table } from '../table.ts';

/**
 * The table of a comparison in lines, and what is to be said of its privacy. Accuracies and speeds
 * stand below each other, so that a terminal of 80 columns has room for both.
 */
export function comparisonLines(record: ComparisonRecord): string[] {
  const { confidence, table: rows } = record;
  const baseline = rows.find(({ isBaseline }) => isBaseline);
  const accuracyHead = ['row', 'accuracy, %', 'seeds', 'difference'];
  const speedHead = ['row', 'low precision', 'theoretical', 'measured', 'time of a run'];
  return [
    ...table([accuracyHead, ...rows.map(accuracyCells)], { left: [0] }),
    '',
    ...table([speedHead, ...rows.map(speedCells)], { left: [0] }),
    '',
    'accuracy: on the public examples, mean ± standard deviation',
    `difference: to ${baseline?.label ?? 'the first row'}, in percentage points,`,
    `  of runs with the same seed, with Student's ${100 * confidence} % interval`,
    'theoretical, measured: speed-up of the multiplications over float32, and of',
    '  whole steps over the baseline',
    ...privacyLines(record),
  ];
}

function accuracyCells({ label, accuracy, difference, isBaseline }: ComparedRow): string[] {
  return [
    label,
    accuracy === null ? '–' : percent(accuracy),
    String(accuracy?.n ?? 0),
    difference === null ? (isBaseline ? 'baseline' : '–') : differenceText(difference),
  ];
}

function speedCells(row: ComparedRow): string[] {
  const { label, quantizedFraction, theoreticalSpeedup, measuredSpeedup } = row;
  const times = (factor: number | null) => (factor === null ? '–' : `${factor.toFixed(2)}×`);
  return [
    label,
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
    return ['privacy: you said that the data are public; no ε is computed or promised'];
  }
  if (guarantee === 'none') {
    return [
      'no guarantee: some runs are without privacy, have reproducible noise, or',
      '  have lost their ledger; nothing bounds what all runs together tell',
    ];
  }
  if (composedEpsilon === null) return ['privacy: no bound is known for all runs together'];
  const count = runs.filter(
    ({ epsilon, state }) => epsilon !== undefined || state !== 'not finished',
  ).length;
  return [
    `privacy: all runs together (${count} of ${runs.length} ended) have ε = ${epsilonText(composedEpsilon)} at δ = ${delta};`,
    '  choosing the best row is not covered by the ε of that row alone',
  ];
}
