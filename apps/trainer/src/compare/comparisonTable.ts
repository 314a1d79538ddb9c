import type { ComparedRow, ComparedScore, ComparisonRecord, Spread } from '@dpquant/report';
import { duration } from '../terminal/duration.ts';
import { epsilonText } from '../terminal/epsilonText.ts';
import { table } from '../terminal/table.ts';
import { isShare } from '../flags/tasks.ts';

/**
 * The table of a comparison in lines, and what is to be said of its privacy. Scores and speeds
 * stand below each other, so that a terminal of 80 columns has room for both.
 */
export function comparisonLines(record: ComparisonRecord): string[] {
  const { confidence, table: rows, score } = record;
  const baseline = rows.find(({ isBaseline }) => isBaseline);
  const texts = scoreTexts(score, rows);
  const scoreHead = ['row', texts.name, 'seeds', 'difference'];
  const speedHead = ['row', 'low precision', 'theoretical', 'measured', 'time of a run'];
  return [
    ...table([scoreHead, ...rows.map((row) => scoreCells(row, texts))], { left: [0] }),
    '',
    ...table([speedHead, ...rows.map(speedCells)], { left: [0] }),
    '',
    `${score.metric}: on the public examples, mean ± standard deviation` +
      (score.better === 'less' ? '; less is better' : ''),
    `difference: to ${baseline?.label ?? 'the first row'},${texts.unit}`,
    `  of runs with the same seed, with Student's ${100 * confidence} % interval`,
    'theoretical, measured: speed-up of the multiplications over float32, and of',
    '  whole steps over the baseline',
    ...privacyLines(record),
  ];
}

interface ScoreTexts {
  /** Of the column. */
  readonly name: string;
  /** Of differences, where they have one of their own. */
  readonly unit: string;
  /** Text of a value that is not negative, or of a magnitude. */
  readonly amount: (value: number) => string;
}

/** Accuracies in percent, others with four digits of the largest. */
function scoreTexts(
  { metric }: ComparedScore,
  rows: readonly Pick<ComparedRow, 'score'>[],
): ScoreTexts {
  if (isShare(metric)) {
    return {
      name: `${metric}, %`,
      unit: ' in percentage points,',
      amount: (value) => (100 * value).toFixed(2),
    };
  }
  const most = Math.max(...rows.map(({ score }) => Math.abs(score?.mean ?? 0)), 0);
  const digits = most > 0 ? 3 - Math.floor(Math.log10(most)) : 3;
  const decimals = Math.min(12, Math.max(0, digits));
  return { name: metric, unit: '', amount: (value) => value.toFixed(decimals) };
}

function scoreCells(
  { label, score, difference, isBaseline }: ComparedRow,
  { amount }: ScoreTexts,
): string[] {
  const signed = (value: number) => `${value < 0 ? '−' : '+'}${amount(Math.abs(value))}`;
  const differenceText = ({ mean, interval }: NonNullable<ComparedRow['difference']>) =>
    interval ? `${signed(mean)} [${interval.map(signed).join(', ')}]` : signed(mean);
  return [
    label,
    score === null ? '–' : spreadText(score, amount),
    String(score?.n ?? 0),
    difference === null ? (isBaseline ? 'baseline' : '–') : differenceText(difference),
  ];
}

function spreadText({ mean, standardDeviation }: Spread, amount: ScoreTexts['amount']): string {
  const text = `${mean < 0 ? '−' : ''}${amount(Math.abs(mean))}`;
  return standardDeviation === null ? text : `${text} ± ${amount(standardDeviation)}`;
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
