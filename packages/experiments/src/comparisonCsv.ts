import type { ComparedRow, ComparedScore, ComparisonRecord } from '@dpquant/report';

type Value = string | number | null | undefined;

type Column = readonly [name: string, valueOf: (row: ComparedRow) => Value];

/** The score's columns have the name of its metric: `accuracy`, `r2`. */
const columnsOf = ({ metric }: ComparedScore): readonly Column[] => [
  ['row', ({ row }) => row],
  ['label', ({ label }) => label],
  [metric, ({ score }) => score?.mean],
  [`${metric}_standard_deviation`, ({ score }) => score?.standardDeviation],
  ['n', ({ score }) => score?.n ?? 0],
  ['difference', ({ difference }) => difference?.mean],
  ['difference_low', ({ difference }) => difference?.interval?.[0]],
  ['difference_high', ({ difference }) => difference?.interval?.[1]],
  ['pairs', ({ difference }) => difference?.n],
  ['quantized_fraction', ({ quantizedFraction }) => quantizedFraction],
  ['theoretical_speedup', ({ theoreticalSpeedup }) => theoreticalSpeedup],
  ['measured_speedup', ({ measuredSpeedup }) => measuredSpeedup],
  ['epsilon', ({ epsilon }) => epsilon],
  ['seconds', ({ seconds }) => seconds?.mean],
];

/** The table as CSV (RFC 4180), one line per row; unknown values are empty. Fractions are of 1. */
export function comparisonCsv({ table, score }: Pick<ComparisonRecord, 'table' | 'score'>): string {
  const columns = columnsOf(score);
  const lines = [
    columns.map(([name]) => name),
    ...table.map((row) => columns.map(([, valueOf]) => valueOf(row))),
  ];
  return lines.map((line) => `${line.map(field).join(',')}\r\n`).join('');
}

function field(value: Value): string {
  const text = value === null || value === undefined ? '' : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
