import { Command } from 'commander';
import {
  backendNames,
  productRequests,
  startBackend,
  stopBackends,
  surveyBackends,
  type BackendState,
  type ProductChoice,
  type ProductRequest,
} from '@dpquant/backends';
import { builtInModels } from '@dpquant/models';
import * as parse from '../argumentParsers.ts';
import { table } from '../table.ts';
import type { Terminal } from '../terminal.ts';
import { trainingRate } from '../trainingRate.ts';

interface Flags {
  readonly backend?: string;
  readonly model: string;
  readonly batchSize: number;
  readonly steps: number;
  readonly products: ProductRequest;
  readonly json?: boolean;
}

const modelNames = [...builtInModels.keys()];

/** Speed of one backend in images a second. */
interface Rate {
  readonly backend: string;
  readonly device: string;
  readonly float32: number;
  readonly luqFp4: number;
  /** How the codes of luq-fp4 were multiplied. */
  readonly products: ProductChoice;
}

/** `dpquant bench`: how fast this machine's backends train. */
export function benchCommand(terminal: Terminal): Command {
  return new Command('bench')
    .description('How fast private training is on the backends of this machine.')
    .option(
      '--backend <name>',
      'only this one (all but cpu and software drivers, which are slow)',
      parse.oneOf(backendNames),
    )
    .option(
      '--model <name>',
      `network: ${modelNames.join(', ')}`,
      parse.oneOf(modelNames),
      'small-cnn',
    )
    .option('--batch-size <n>', 'images a step', parse.count, 256)
    .option('--steps <n>', 'steps that are timed', parse.count, 5)
    .option(
      '--products <name>',
      `how integer codes are multiplied: ${productRequests.join(', ')} (the faster)`,
      parse.oneOf(productRequests),
      'auto',
    )
    .option('--json', 'one JSON object on standard output')
    .addHelpText(
      'after',
      `
Trains on noise, all layers in float32, then all in luq-fp4: sampling,
clipping, noise and optimizer included. The ratio of the two is what four bits
gain on a machine.`,
    )
    .action(async ({ backend, json, products: wanted, ...what }: Flags) => {
      const states = backend === undefined ? await worthwhile(wanted) : [{ name: backend }];
      const rates: Rate[] = [];
      for (const { name } of states) {
        const { device, products } = await startBackend(name, { products: wanted });
        terminal.say(`${name}: ${device}; products: ${products.arithmetic} (${products.reason}) …`);
        const float32 = await trainingRate({ ...what, format: 'float32' });
        const luqFp4 = await trainingRate({ ...what, format: 'luq-fp4' });
        rates.push({ backend: name, device, float32, luqFp4, products });
        stopBackends();
      }
      if (json) terminal.result(JSON.stringify({ ...what, imagesPerSecond: rates }));
      else for (const line of lines(rates)) terminal.say(line);
    });
}

/** The backends that run here and are not known to be slow. */
async function worthwhile(products: Flags['products']): Promise<BackendState[]> {
  const states = await surveyBackends({ products });
  return states.filter((state) => state.isAvailable && !state.isSoftware && state.name !== 'cpu');
}

function lines(rates: readonly Rate[]): string[] {
  return table(
    [
      ['backend', 'float32, images/s', 'luq-fp4', 'ratio'],
      ...rates.map(({ backend, float32, luqFp4 }) => [
        backend,
        float32.toFixed(1),
        luqFp4.toFixed(1),
        (luqFp4 / float32).toFixed(2),
      ]),
    ],
    { left: [0] },
  );
}
