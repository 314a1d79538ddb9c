import type { ComparisonRecord } from '@dpquant/report';
import type { Terminal } from '../terminal.ts';
import { comparisonLines } from './comparisonTable.ts';

/** Shows what came out of a comparison whose record is written. */
export function showComparison(record: ComparisonRecord, out: string, terminal: Terminal): void {
  for (const line of comparisonLines(record)) terminal.say(line);
  for (const { cell, state, problem = '' } of record.runs) {
    if (state === 'failed') terminal.say(`${cell} failed: ${problem}`);
  }
  terminal.say(`Written: ${out}/comparison.json, table.csv`);
}
