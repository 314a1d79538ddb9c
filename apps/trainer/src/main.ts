import { runCommandLine } from './commandLine.ts';
import { processTerminal } from './terminal.ts';

// A reader that has gone, as `head` goes, ends the output and not the work: a run still finishes.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
}

process.exitCode = await runCommandLine(process.argv.slice(2), processTerminal());
