import { Command } from 'commander';
import { stopBackends, surveyBackends, type BackendState } from '@dpquant/backends';
import { table } from '../terminal/table.ts';
import type { Terminal } from '../terminal/terminal.ts';

/** `dpquant backends`: what this machine can run on, and why not on the rest. */
export function backendsCommand(terminal: Terminal): Command {
  return new Command('backends')
    .description('What this machine can train on, and why not on the rest.')
    .option('--json', 'one JSON object on standard output')
    .addHelpText(
      'after',
      `
Starts each backend and stops it again. --backend of train takes these names;
auto takes the first of node-gpu, webgpu on a graphics processor, wasm and cpu
that runs. What is slow is computed all the same, with the same result: no fast
kernel has been made for it there. Codes of luq-fp4, int4 and int8 are
multiplied as integers or in float32, whatever is faster: graphics processors
are measured (--products of train decides).`,
    )
    .action(async ({ json }: { json?: boolean }) => {
      const states = await surveyBackends();
      stopBackends();
      if (json) terminal.result(JSON.stringify({ backends: states }));
      else for (const line of lines(states)) terminal.say(line);
    });
}

function lines(states: readonly BackendState[]): string[] {
  const rows = states.map((state) =>
    state.isAvailable
      ? [state.name, 'runs', state.device + featuresOf(state)]
      : [state.name, '—', state.reason],
  );
  const slow = states.flatMap((state) =>
    state.isAvailable && state.composedKernels.length > 0
      ? [[state.name, state.composedKernels.join(', ')]]
      : [],
  );
  const slowLines =
    slow.length > 0 ? ['', 'Without a fast kernel:', ...table(slow, { left: [0, 1] })] : [];
  const products = states.flatMap((state) =>
    state.isAvailable ? [[state.name, state.products.arithmetic, state.products.reason]] : [],
  );
  return [
    ...table(rows, { left: [0, 1, 2] }),
    ...['', 'Products of integer codes:', ...table(products, { left: [0, 1, 2] })],
    ...slowLines,
  ];
}

/** Features as the end of a line. */
function featuresOf({ features }: BackendState & { isAvailable: true }): string {
  const names = [
    features.float16 && 'float16',
    features.integerDotProduct && 'integer dot products',
    features.subgroups && 'subgroups',
  ].filter((name) => name !== false);
  return names.length > 0 ? `; ${names.join(', ')}` : '';
}
