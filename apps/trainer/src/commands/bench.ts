import { Command } from 'commander';
import {
  backendNames,
  productRequests,
  startBackend,
  stopBackends,
  surveyBackends,
  type ProductChoice,
  type ProductRequest,
} from '@dpquant/backends';
import { ratesInTurns } from '@dpquant/experiments';
import { builtInModels } from '@dpquant/models';
import { arithmeticNames, layerArithmetic, multipliesIntegers } from '@dpquant/quantization';
import * as parse from '../flags/argumentParsers.ts';
import { benchLayers } from '../models/benchModel.ts';
import { computingFlags } from '../flags/computingOptions.ts';
import { layerList } from '../models/layerList.ts';
import { table } from '../terminal/table.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { trainingRate } from '../run/trainingRate.ts';
import { UsageError } from '../flags/usageError.ts';

interface Flags {
  readonly backend?: string;
  readonly model: string;
  readonly format?: string;
  readonly quantizedFraction: number;
  readonly batchSize: number;
  readonly steps: number;
  readonly threads?: number;
  readonly products: ProductRequest;
  readonly json?: boolean;
}

const modelNames = [...builtInModels.keys()];

const defaultFormats = ['luq-fp4', 'int8'];
const turns = 2;

/** Speed of one backend in images a second. */
interface Rate {
  readonly backend: string;
  readonly device: string;
  readonly float32: number;
  /** Speed by the name of a low-precision format. */
  readonly formats: Readonly<Record<string, number>>;
  /** That of luq-fp4, where it was timed. */
  readonly luqFp4?: number;
  /** That of int8, where it was timed. */
  readonly int8?: number;
  /** How integer codes were multiplied. */
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
    .option(
      '--format <name>',
      `low-precision format that is timed, as train takes it (${defaultFormats.join(' and ')})`,
      parse.oneOf(arithmeticNames()),
    )
    .option('--quantized-fraction <p>', 'share of the layers in low precision', parse.rate, 1)
    .option('--batch-size <n>', 'images a step', parse.count, 256)
    .option(
      '--steps <n>',
      'steps that are timed, of each format in each of two turns',
      parse.count,
      3,
    )
    .option('--threads <n>', computingFlags.threads.description, parse.count)
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
Examples:
  dpquant bench                                 float32, luq-fp4 and int8
  dpquant bench --format int4-luq --quantized-fraction 0.75
                                                another format, in three of
                                                four layers
  dpquant bench --backend wasm --threads 1      on one thread

Trains on noise, all layers in float32, then in each low-precision format, and
all once more: sampling, clipping, noise and optimizer included. A rate is the
better of the two turns, so that other work on the machine counts little; its
ratio to float32 is what fewer bits gain there. The layers of a
--quantized-fraction are drawn at random, the same ones each time; the others
stay in float32.`,
    )
    .action(async (flags: Flags) => {
      requireSense(flags);
      const { backend, json, format, ...what } = flags;
      const formats = format === undefined ? defaultFormats : [format];
      const names = backend === undefined ? await worthwhile(what) : [backend];
      const rates: Rate[] = [];
      for (const name of names) rates.push(await rateOf(name, formats, what, terminal));
      if (json) terminal.result(JSON.stringify({ ...what, imagesPerSecond: rates }));
      else for (const line of lines(rates, formats)) terminal.say(line);
    });
}

/** Refuses flags that would have no effect. */
function requireSense({ format, backend, threads, products }: Flags): void {
  if (format === 'float32') {
    throw new UsageError(
      'format: float32 is timed anyway, for others to be held against it; give a low-precision format, ' +
        'or leave --format out',
    );
  }
  if (threads !== undefined && backend !== undefined && backend !== 'wasm') {
    throw new UsageError(
      `threads: --threads has no effect under --backend ${backend}, which has its own; ` +
        'leave one of them out, or choose --backend wasm',
    );
  }
  const isOfIntegers = format === undefined || multipliesIntegers(layerArithmetic(format));
  if (products === 'integer' && !isOfIntegers) {
    throw new UsageError(
      `products: --products integer has no effect under --format ${format}, whose codes are no integers; ` +
        'leave one of them out, or choose luq-fp4, int4 or int8',
    );
  }
}

/** Names of the backends that run here and are not known to be slow. */
async function worthwhile(options: Pick<Flags, 'products' | 'threads'>): Promise<string[]> {
  const states = await surveyBackends(options);
  return states
    .filter((state) => state.isAvailable && !state.isSoftware && state.name !== 'cpu')
    .map(({ name }) => name);
}

async function rateOf(
  backend: string,
  formats: readonly string[],
  what: Omit<Flags, 'backend' | 'format' | 'json'>,
  terminal: Terminal,
): Promise<Rate> {
  try {
    const { device, products, notes } = await startBackend(backend, what);
    const { all, chosen } = benchLayers(what.model, what.quantizedFraction);
    terminal.say(`${backend}: ${device}; products: ${products.arithmetic} (${products.reason})`);
    for (const note of notes) terminal.say(`Note: ${note}`);
    terminal.say(`${what.model}: ${layerList(chosen, all)} in ${formats.join(', then in ')} …`);
    const measured = await ratesInTurns(
      ['float32', ...formats],
      (format, turn) => {
        terminal.show(`${backend}: ${format}, turn ${turn + 1} of ${turns} …`);
        return trainingRate({ ...what, format, layers: chosen });
      },
      { turns },
    );
    const best = (format: string) => Math.max(...measured.get(format)!);
    return {
      ...{ backend, device, float32: best('float32') },
      formats: Object.fromEntries(formats.map((format) => [format, best(format)])),
      ...(formats.includes('luq-fp4') && { luqFp4: best('luq-fp4') }),
      ...(formats.includes('int8') && { int8: best('int8') }),
      products,
    };
  } finally {
    stopBackends();
  }
}

function lines(rates: readonly Rate[], formats: readonly string[]): string[] {
  return table(
    [
      ['images/s', 'float32', ...formats.flatMap((format) => [format, '/ float32'])],
      ...rates.map(({ backend, float32, formats: of }) => [
        backend,
        float32.toFixed(1),
        ...formats.flatMap((format) => [
          of[format]!.toFixed(1),
          (of[format]! / float32).toFixed(2),
        ]),
      ]),
    ],
    { left: [0] },
  );
}
