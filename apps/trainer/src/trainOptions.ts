import { readFileSync } from 'node:fs';
import { InvalidArgumentError, Option, type Command } from 'commander';
import { backendNames } from '@dpquant/backends';
import { arithmeticNames } from '@dpquant/quantization';
import { builtInPolicies } from '@dpquant/scheduling';
import * as parse from './argumentParsers.ts';
import { clippingNames } from './clippingRules.ts';
import { dataSetNames } from './dataSets.ts';
import { modelNames } from './modelZoo.ts';
import { UsageError } from './usageError.ts';

/** Everything that decides what a run computes; written to config.json. */
export interface TrainOptions {
  readonly data: string;
  readonly model: string;
  readonly policy: string;
  readonly format: string;
  readonly quantizedFraction: number;
  readonly epsilon: number;
  readonly delta: number;
  readonly epochs: number;
  readonly batchSize: number;
  readonly clipNorm: number;
  readonly clipping: string;
  readonly quantile: number;
  readonly optimizer: string;
  readonly learningRate: number;
  readonly momentum: number;
  readonly validationFraction: number;
  readonly physicalBatchSize: number;
  readonly backend: string;
  readonly seed?: number;
  readonly insecureSeed?: number;
}

/** Where a run is written and how it is shown. */
export interface OutputOptions {
  readonly out?: string;
  readonly config?: string;
  readonly resume?: boolean;
  readonly force?: boolean;
  readonly json?: boolean;
}

const policyNames = [...builtInPolicies.keys()];
const backends = ['auto', ...backendNames];
const optimizerNames = ['sgd'];
const list = (names: readonly string[]) => names.join(', ');

/** The flags that decide what a run computes, with their defaults. */
function computingOptions(): Option[] {
  const option = (
    flags: string,
    description: string,
    parser: (text: string) => unknown,
    value?: unknown,
  ) => {
    const made = new Option(flags, description).argParser(parser);
    return value === undefined ? made : made.default(value);
  };
  return [
    option('--data <name>', `data set: ${list(dataSetNames)}`, parse.oneOf(dataSetNames), 'mnist'),
    option('--model <name>', `network: ${list(modelNames)}`, parse.oneOf(modelNames), 'small-cnn'),
    option(
      '--policy <name>',
      `which layers run in low precision, epoch by epoch: ${list(policyNames)}`,
      parse.oneOf(policyNames),
      'probabilistic',
    ),
    option(
      '--format <name>',
      `low-precision format: ${list(arithmeticNames())}`,
      parse.oneOf(arithmeticNames()),
      'luq-fp4',
    ),
    option('--quantized-fraction <p>', 'share of the layers that run in it', parse.fraction, 0.75),
    option('--epsilon <e>', 'privacy goal ε', parse.positiveNumber, 3),
    option('--delta <d>', 'privacy goal δ', parse.openFraction, 1e-5),
    option('--epochs <n>', 'passes over the data, in expectation', parse.count, 8),
    option('--batch-size <n>', 'expected number of examples a step', parse.count, 512),
    option('--clip-norm <c>', 'greatest gradient norm of an example', parse.positiveNumber, 1),
    option(
      '--clipping <rule>',
      `how gradients are clipped: ${list(clippingNames)}; under quantile the clip norm follows`,
      parse.oneOf(clippingNames),
      'flat',
    ),
    option(
      '--quantile <p>',
      'share of the gradients that quantile clipping leaves unclipped',
      parse.openFraction,
      0.5,
    ),
    option('--optimizer <name>', `${list(optimizerNames)}`, parse.oneOf(optimizerNames), 'sgd'),
    option('--learning-rate <r>', 'step size', parse.positiveNumber, 3),
    option('--momentum <m>', 'share of the last step that is kept', parse.momentum, 0),
    option(
      '--validation-fraction <p>',
      'share of the data set that is public, for the accuracy shown',
      parse.openFraction,
      0.2,
    ),
    option('--physical-batch-size <n>', 'examples computed at a time', parse.count, 64),
    option('--backend <name>', `what computes: ${list(backends)}`, parse.oneOf(backends), 'auto'),
    option('--seed <n>', 'fixes initialization, split, schedule and rounding', parse.seed),
    option(
      '--insecure-seed <n>',
      'also fixes sampling and noise, for tests: no privacy guarantee',
      parse.seed,
    ),
  ];
}

/** Adds all flags of `dpquant train` to a command. */
export function addTrainOptions(command: Command): void {
  for (const option of computingOptions()) command.addOption(option);
  command
    .option('--config <file>', 'JSON object of the flags above; flags given override it')
    .option('--out <folder>', 'folder of the run (default: runs/ and the time)')
    .option('--resume', 'continue the interrupted run in --out')
    .option('--force', 'replace the run in --out')
    .option('--json', 'one JSON object on standard output at the end');
}

/** What the flags, and below them the file of `--config`, ask for. */
export function resolveTrainOptions(command: Command): TrainOptions & OutputOptions {
  const { config } = command.opts<OutputOptions>();
  if (config !== undefined) applyConfigFile(command, config);
  return command.opts<TrainOptions & OutputOptions>();
}

/**
 * The options of a run that is resumed: those it was started with. A flag that says otherwise is an
 * error.
 */
export function resumedOptions(command: Command, stored: TrainOptions): TrainOptions {
  const given = command.opts<Record<string, unknown>>();
  for (const option of computingOptions()) {
    const name = option.attributeName();
    const before = (stored as unknown as Record<string, unknown>)[name];
    if (command.getOptionValueSource(name) === 'cli' && given[name] !== before) {
      throw new UsageError(
        `${option.long}: the run was started with ${String(before ?? 'none')}, a resumed run cannot ` +
          'change it; leave the flag out or start a new run',
      );
    }
  }
  return stored;
}

function applyConfigFile(command: Command, path: string): void {
  let values: unknown;
  try {
    values = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new UsageError(`config: cannot read ${path}: ${(error as Error).message}`);
  }
  if (typeof values !== 'object' || values === null || Array.isArray(values)) {
    throw new UsageError(`config: expected a JSON object in ${path}`);
  }
  const options = computingOptions();
  for (const [key, value] of Object.entries(values)) {
    const option = options.find(
      (candidate) => candidate.name() === key || candidate.attributeName() === key,
    );
    if (!option) throw new UsageError(`config: unknown setting "${key}" in ${path}`);
    const name = option.attributeName();
    if (command.getOptionValueSource(name) === 'cli') continue;
    try {
      const parser = option.parseArg as (text: string) => unknown;
      command.setOptionValueWithSource(name, parser(String(value)), 'config');
    } catch (error) {
      if (!(error instanceof InvalidArgumentError)) throw error;
      throw new UsageError(
        `config: "${key}" is ${JSON.stringify(value)} in ${path}. ${error.message}`,
      );
    }
  }
}
