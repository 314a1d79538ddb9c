import { Command } from 'commander';
import type { Terminal } from '../terminal/terminal.ts';
import { reportKind, writeReport } from '../report/writeReport.ts';

/** `dpquant report`: makes the pages of runs and comparisons again. */
export function reportCommand(terminal: Terminal): Command {
  return new Command('report')
    .description('Makes report.html of runs and comparisons anew, from what is in their folders.')
    .argument('<path...>', 'folders of runs or comparisons')
    .option('--json', 'one JSON object on standard output')
    .addHelpText(
      'after',
      `
Examples:
  dpquant report runs/a                      the page of a run
  dpquant report runs/* comparisons/b        of several

A page is one file that loads nothing: open it in a browser, print it, send it
on. It shows what is public or was released with noise, and the times.`,
    )
    .action(async (paths: string[], { json }: { json?: boolean }) => {
      // All folders are checked before the first page is written.
      paths.forEach(reportKind);
      const reports: string[] = [];
      for (const path of paths) {
        const page = await writeReport(path);
        reports.push(page);
        terminal.say(`Report: ${page}`);
      }
      if (json) terminal.result(JSON.stringify({ reports }));
    });
}
