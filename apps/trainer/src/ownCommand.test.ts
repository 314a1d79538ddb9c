import { expect, it } from '@jest/globals';
import { Command } from 'commander';
import { runCommandLine } from './commandLine.ts';
import { builtInCommands, type CommandFactory } from './commands/builtInCommands.ts';
import { UsageError } from './flags/usageError.ts';
import { recorder } from './testing/recordedCommand.ts';

/** A command: `dpquant greet NAME`. */
const greetCommand: CommandFactory = (terminal, finish) =>
  new Command('greet')
    .description('Says a word.')
    .argument('<name>', 'whom to greet')
    .action((name: string) => {
      if (name === 'nobody') throw new UsageError('name: expected somebody');
      terminal.result(`Hello ${name}.`);
      if (name === 'stranger') finish(3);
    });

async function run(...args: string[]) {
  const { terminal, out, err } = recorder();
  const code = await runCommandLine(args, terminal, [...builtInCommands, greetCommand]);
  return { code, out, err };
}

it('runs a command that was added, with its exit codes, and lists it', async () => {
  expect(await run('greet', 'Ada')).toEqual({ code: 0, out: ['Hello Ada.'], err: [] });
  expect(await run('greet', 'stranger')).toMatchObject({ code: 3, out: ['Hello stranger.'] });
  const refused = await run('greet', 'nobody');
  expect(refused).toEqual({ code: 2, out: [], err: ['dpquant: name: expected somebody'] });
  expect((await run('--help')).out.join('\n')).toMatch(/^ +greet <name> +Says a word\.$/m);
  expect((await run('greet')).code).toBe(2);
});
