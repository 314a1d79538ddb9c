import { Option } from 'commander';
import { backendNames, productArithmetics } from '@dpquant/backends';
import { arithmeticNames } from '@dpquant/quantization';
import { builtInPolicies } from '@dpquant/scheduling';
import { builtInOptimizers } from '@dpquant/training';
import * as parse from './argumentParsers.ts';
import { clippingNames } from './clippingRules.ts';
import { dataFlags } from './dataFlags.ts';
import { dataSetNameOrPath, dataSetNames, type DataChoice } from './dataSets.ts';
import { estimatorNames } from './estimators.ts';
import { learningRateScheduleNames } from './optimizers.ts';
import { modelNames } from './modelZoo.ts';

/** How integer codes may be multiplied. */
export const productNames = ['auto', ...productArithmetics] as const;

/** Everything that decides what a run computes; written to config.json. */
export interface TrainOptions extends DataChoice {
  /** Name of a model of the zoo, or path to a `model.json` or its folder. */
  readonly model: string;
  /** Path to weights: a `.safetensors` file, or a `model.json` or its folder. */
  readonly initWeights?: string;
  /** Path to the ledger of those weights, where they were trained on the same data. */
  readonly initLedger?: string;
  readonly newHead?: boolean;
  readonly dropBatchStatistics?: boolean;
  /** Names of layers, see `freezeLayers`. */
  readonly freeze?: string;
  readonly validationFraction: number;

  /** Name of a built-in policy, or path to an ES module. */
  readonly policy: string;
  readonly schedule?: string;
  readonly format: string;
  readonly otherFormat: string;
  readonly quantizedFraction?: number;
  readonly quantizedLayers?: number;
  readonly lowPrecisionShare?: number;
  readonly targetSpeedup?: number;
  readonly temperature?: number;
  readonly estimator: string;
  readonly analysisInterval: number;
  readonly adaptiveAnalysis: boolean;
  readonly analysisBatchSize?: number;
  readonly analysisNoise?: number;
  readonly analysisClipNorm: number;
  readonly analysisSmoothing: number;

  readonly epsilon: number;
  readonly delta: number;
  readonly noiseMultiplier?: number;
  readonly noiseRatio: number;
  readonly clipNorm: number;
  readonly clipRatio: number;
  readonly clipping: string;
  readonly quantile: number;
  readonly privacy: boolean;

  readonly epochs: number;
  readonly steps?: number;
  readonly batchSize: number;
  readonly views: number;
  readonly shift: number;
  readonly flip: boolean;
  readonly cutout: number;
  readonly optimizer: string;
  readonly learningRate?: number;
  readonly learningRateSchedule: string;
  readonly warmupSteps: number;
  readonly momentum: number;
  readonly weightDecay: number;
  readonly ema: number;
  readonly earlyStop?: number;

  readonly physicalBatchSize: number;
  readonly backend: string;
  readonly threads?: number;
  /** How integer codes are multiplied. */
  readonly products: (typeof productNames)[number];
  readonly seed?: number;
  readonly insecureSeed?: number;
}

const list = (names: readonly string[]) => names.join(', ');
const policyNames = [...builtInPolicies.keys()];
const optimizerNames = [...builtInOptimizers.keys()];
const backends = ['auto', ...backendNames];

type Flag = readonly [
  flags: string,
  description: string,
  parser: ((text: string) => unknown) | null,
  value?: unknown,
];

/** Flags by the heading that help shows them under; a flag without a parser takes no value. */
const groups: Readonly<Record<string, readonly Flag[]>> = {
  'Data and model:': [
    [
      '--data <name>',
      `data set: ${list(dataSetNames)}, or a path (see dpquant data)`,
      dataSetNameOrPath,
      'mnist',
    ],
    ...dataFlags,
    [
      '--model <name>',
      `network: ${list(modelNames)}, or the path of a model.json, whose weights are kept; mlp also takes rows of a table`,
      parse.nameOrModel(modelNames),
      'small-cnn',
    ],
    [
      '--validation-fraction <p>',
      'share of the data set that is public, for the accuracy shown',
      parse.openFraction,
      0.2,
    ],
  ],
  'Initial weights:': [
    [
      '--init-weights <file>',
      'weights to start from: .safetensors with the names of PyTorch, or a model.json',
      parse.text,
    ],
    [
      '--init-ledger <file>',
      "ledger.json of the run that made the initial weights, where it was trained on the same people's data: " +
        'its ε counts. Weights from public data have none and need none',
      parse.text,
    ],
    ['--new-head', 'a fresh last layer, for other classes than the weights are of', null],
    [
      '--drop-batch-statistics',
      "leaves out the statistics of the file's batch normalizations, for a model with group normalization",
      null,
    ],
    [
      '--freeze <names>',
      "layers that are not trained: 'stem*,conv1', or '!dense' for all but one",
      parse.text,
    ],
  ],
  'Which layers run in low precision:': [
    [
      '--policy <name>',
      `which layers, epoch by epoch: ${list(policyNames)}, or the path of an ES module`,
      parse.nameOrModule(policyNames),
      'loss-aware',
    ],
    ['--schedule <file>', 'schedule.jsonl of another run, for --policy fixed', parse.text],
    [
      '--format <name>',
      `low-precision format: ${list(arithmeticNames())}`,
      parse.oneOf(arithmeticNames()),
      'luq-fp4',
    ],
    [
      '--other-format <name>',
      'format of the layers that are not chosen',
      parse.oneOf(arithmeticNames()),
      'float32',
    ],
    ['--quantized-fraction <p>', 'share of the layers that are chosen (0.75)', parse.fraction],
    ['--quantized-layers <n>', 'or: number of layers', parse.wholeNumber],
    ['--low-precision-share <p>', 'or: least share of the multiplications', parse.fraction],
    ['--target-speedup <s>', 'or: least theoretical speed-up', parse.positiveNumber],
    [
      '--temperature <t>',
      'loss-aware: how evenly layers are drawn; by the spread of their impacts if left out',
      parse.positiveNumber,
    ],
    [
      '--estimator <name>',
      `loss-aware: how impacts are measured: ${list(estimatorNames)}`,
      parse.oneOf(estimatorNames),
      'per-example',
    ],
    ['--analysis-interval <n>', 'epochs from one planned analysis to the next', parse.count, 2],
    ['--no-adaptive-analysis', 'make every planned analysis, also while nothing changes', null],
    ['--analysis-batch-size <n>', 'expected examples of an analysis (--batch-size)', parse.count],
    [
      '--analysis-noise <s>',
      'noise multiplier of an analysis (that of a step)',
      parse.positiveNumber,
    ],
    ['--analysis-clip-norm <c>', 'greatest norm of loss differences', parse.positiveNumber, 1],
    ['--analysis-smoothing <w>', 'weight of the latest impacts', parse.rate, 0.8],
  ],
  'Privacy:': [
    ['--epsilon <e>', 'privacy goal ε: the noise is what it takes', parse.positiveNumber, 3],
    ['--delta <d>', 'privacy goal δ', parse.openFraction, 1e-5],
    ['--noise-multiplier <s>', 'fixes the noise instead of ε', parse.positiveNumber],
    [
      '--noise-ratio <r>',
      'noise multiplier of the last steps over that of the first, in ten stages',
      parse.positiveNumber,
      1,
    ],
    ['--clip-norm <c>', 'greatest gradient norm of an example', parse.positiveNumber, 1],
    ['--clip-ratio <r>', 'the same for the clip norm', parse.positiveNumber, 1],
    [
      '--clipping <rule>',
      `how gradients are clipped: ${list(clippingNames)}; under quantile the clip norm follows`,
      parse.oneOf(clippingNames),
      'flat',
    ],
    [
      '--quantile <p>',
      'share of the gradients that quantile clipping leaves unclipped',
      parse.openFraction,
      0.5,
    ],
    ['--no-privacy', 'neither clipping nor noise, as a baseline: no guarantee', null],
  ],
  'Optimization:': [
    ['--epochs <n>', 'passes over the data, in expectation', parse.count, 8],
    ['--steps <n>', 'number of steps, instead of epochs', parse.count],
    ['--batch-size <n>', 'expected number of examples a step', parse.count, 512],
    [
      '--views <k>',
      'rows or augmented views of each example whose mean gradient is clipped',
      parse.count,
      1,
    ],
    [
      '--shift <n>',
      'augmentation: moves images by up to n pixels, as a crop after padding',
      parse.wholeNumber,
      0,
    ],
    ['--flip', 'augmentation: mirrors every second image', null],
    ['--cutout <n>', 'augmentation: blanks a square of n pixels a side', parse.wholeNumber, 0],
    ['--optimizer <name>', list(optimizerNames), parse.oneOf(optimizerNames), 'sgd'],
    [
      '--learning-rate <r>',
      'step size (sgd: 3, or 0.1 with --no-privacy; others: 0.01)',
      parse.positiveNumber,
    ],
    [
      '--learning-rate-schedule <name>',
      list(learningRateScheduleNames),
      parse.oneOf(learningRateScheduleNames),
      'constant',
    ],
    ['--warmup-steps <n>', 'steps over which the learning rate rises', parse.wholeNumber, 0],
    ['--momentum <m>', 'sgd: share of the last step that is kept', parse.momentum, 0],
    ['--weight-decay <d>', 'adamw: decay of the weights', parse.nonNegativeNumber, 0.01],
    [
      '--ema <d>',
      'decay of an average of the weights, which is what the run gives',
      parse.momentum,
      0,
    ],
    ['--early-stop <n>', 'ends after n epochs without a better public accuracy', parse.count],
  ],
  'Running:': [
    ['--physical-batch-size <n>', 'examples computed at a time', parse.count, 64],
    ['--backend <name>', `what computes: ${list(backends)}`, parse.oneOf(backends), 'auto'],
    ['--threads <n>', 'threads of the backend wasm (as many as there are cores)', parse.count],
    [
      '--products <name>',
      `how integer codes are multiplied: ${list(productNames)}; auto measures graphics processors`,
      parse.oneOf(productNames),
      'auto',
    ],
    ['--seed <n>', 'fixes initialization, split, schedule and rounding', parse.seed],
    [
      '--insecure-seed <n>',
      'also fixes sampling and noise, for tests: no privacy guarantee',
      parse.seed,
    ],
  ],
};

/** The flags that decide what a run computes, with their defaults. */
export function computingOptions(): Option[] {
  return Object.entries(groups).flatMap(([heading, flags]) =>
    flags.map(([name, description, parser, value]) => {
      const option = new Option(name, description).helpGroup(heading);
      if (parser) option.argParser(parser);
      return value === undefined ? option : option.default(value);
    }),
  );
}
