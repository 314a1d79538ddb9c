import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { RunStoreError } from '@dpquant/training';
import { builtInCommands } from './commands/builtInCommands.ts';
import { SilentEnd } from './distributed/launchedRun.ts';
import { exitCodes } from './terminal/exitCodes.ts';
import { didYouMean } from './flags/suggestions.ts';
import type { Terminal } from './terminal/terminal.ts';
import { UsageError } from './flags/usageError.ts';

/** Version of this package. */
export function packageVersion(): string {
  const file = new URL('../package.json', import.meta.url);
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}

/** Runs one of the commands and returns its exit code. */
export async function runCommandLine(
  args: readonly string[],
  terminal: Terminal,
  commands = builtInCommands,
): Promise<number> {
  let exitCode: number = exitCodes.done;
  const finish = (code: number) => {
    exitCode = code;
  };
  const program = new Command('dpquant')
    .description('Train neural networks with differential privacy, in 4-bit arithmetic.')
    .version(packageVersion(), '-v, --version')
    .helpCommand(true)
    .addHelpText(
      'after',
      `
Examples:
  dpquant train                         train on the built-in digits with ε = 3
  dpquant compare --fractions 0.5,0.75  policies side by side, with intervals
  dpquant epsilon --sample-rate 0.01 --noise-multiplier 1 --steps 1000 \\
    --delta 1e-5
  dpquant noise --epsilon 3 --delta 1e-5 --sample-rate 0.05 --steps 300
  dpquant report runs/a                 makes the page of a run again
  dpquant formats fp8-e4m3              codes and values of a number format
  dpquant data images.npz --privacy-unit y,track
  dpquant backends                      what this machine can train on
  dpquant bench                         how fast it trains
  dpquant audit                         tests the promise of a run's ledger

Exit codes: 0 done, 1 failure, 2 usage, 3 privacy budget exhausted before the
goal, 130 interrupted.`,
    );
  for (const create of commands) program.addCommand(create(terminal, finish));
  const all = [program, ...program.commands];
  for (const command of [...all, ...program.commands.flatMap(({ commands: inner }) => inner)]) {
    command
      .showSuggestionAfterError(false)
      .exitOverride()
      .configureOutput({
        writeErr: (text) => text.trimEnd().split('\n').forEach(terminal.say),
        writeOut: (text) => text.trimEnd().split('\n').forEach(terminal.result),
        outputError: (text, write) => write(`dpquant: ${complaint(text, command)}`),
      });
  }
  try {
    // -V is how the version was asked for before.
    const [first, ...rest] = args;
    await program.parseAsync(first === '-V' ? ['-v', ...rest] : args, { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) {
      return error.exitCode === 0 ? exitCodes.done : exitCodes.usage;
    }
    if (error instanceof SilentEnd) return exitCodes.usage;
    terminal.say(`dpquant: ${oneLine((error as Error).message)}`);
    // A folder that the system refuses, or that is damaged, is no wrong use.
    const isUsage =
      error instanceof UsageError || (error instanceof RunStoreError && error.cause === undefined);
    return isUsage ? exitCodes.usage : exitCodes.failure;
  }
}

/** What commander complains about, with the flag or command that was meant. */
function complaint(text: string, command: Command): string {
  const message = oneLine(text.replace(/^error: /, ''));
  const [, what, word] = /^unknown (option|command) '([^=']*)/.exec(message) ?? [];
  if (word === undefined) return message;
  const names =
    what === 'option'
      ? ['--help', ...command.options.flatMap(({ long }) => long ?? [])]
      : command.commands.map((candidate) => candidate.name());
  const suggestion = didYouMean(word, names);
  return suggestion === '' ? message : `${message}.${suggestion}`;
}

function oneLine(text: string): string {
  return text.trim().replaceAll(/\s*\n\s*/g, ' ');
}
