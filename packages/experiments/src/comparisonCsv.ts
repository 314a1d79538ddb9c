import type { ComparedRow, ComparisonRecord } from '@dpquant/report';

type Value = string | number | null | undefined;

const columns: readonly (readonly [string, (row: ComparedRow) => Value])[] = [
  ['row', ({ row }) => row],
  ['label', ({ label }) => label],
  ['accuracy', ({ accuracy }) => accuracy?.mean],
  ['accuracy_standard_deviation', ({ accuracy }) => accuracy?.standardDeviation],
  ['n', ({ accuracy }) => accuracy?.n ?? 0],
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

/** The table as CSV (RFC 4180), a row each; what is not known is empty. Fractions are of 1. */
export function comparisonCsv({ table }: Pick<ComparisonRecord, 'table'>): string {
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
