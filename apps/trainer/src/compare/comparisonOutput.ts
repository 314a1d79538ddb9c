import type { ComparisonRecord } from '@dpquant/report';
import type { Terminal } from '../terminal/terminal.ts';
import { writeReport } from '../report/writeReport.ts';
import { comparisonLines } from './comparisonTable.ts';

/** Shows what came out of a comparison whose record is written, and makes its page. */
export async function showComparison(
  record: ComparisonRecord,
  out: string,
  terminal: Terminal,
): Promise<void> {
  for (const line of comparisonLines(record)) terminal.say(line);
  for (const { cell, state, problem = '' } of record.runs) {
    if (state === 'failed') terminal.say(`${cell} failed: ${problem}`);
  }
  terminal.say(`Written: ${out}/comparison.json, table.csv${await withPage(out, terminal)}`);
}

/** Makes the page; if that fails, says so and goes on, since the table is there. */
async function withPage(out: string, terminal: Terminal): Promise<string> {
  try {
    await writeReport(out);
    return ', report.html';
  } catch (error) {
    terminal.say(
      `warning: the page of the comparison could not be made (${(error as Error).message}); dpquant report ${out} makes ` +
        'it later',
    );
    return '';
  }
}
