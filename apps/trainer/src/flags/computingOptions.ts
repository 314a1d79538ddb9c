import { backendRequests, productRequests } from '@dpquant/backends';
import { builtInModels, modelsOfAnyWidth } from '@dpquant/models';
import { arithmeticNames } from '@dpquant/quantization';
import { builtInPolicies, impactWeighings } from '@dpquant/scheduling';
import { builtInEstimators } from '@dpquant/sensitivity';
import { builtInLearningRateSchedules, builtInOptimizers, builtInTasks } from '@dpquant/training';
import * as parse from './argumentParsers.ts';
import { clippingNames } from './clippingRules.ts';
import { dataFlags } from './dataFlags.ts';
import { builtInDataNames } from '../data/loadChosenData.ts';
import { group, optional, setting, switchOff, switchOn, type OptionsOf } from './flags.ts';
import { tasksByOutput } from './taskNames.ts';

const list = (names: readonly string[]) => names.join(', ');
const modelNames = [...builtInModels.keys()];
const policyNames = [...builtInPolicies.keys()];
const taskNames = [...builtInTasks.keys()];
const estimatorNames = [...builtInEstimators.keys()];
const optimizerNames = [...builtInOptimizers.keys()];
const learningRateScheduleNames = [...builtInLearningRateSchedules.keys()];

/**
 * The flags of `dpquant train` that decide what a run computes: how each is written, what help says
 * of it, its values and its default. `TrainOptions` and what
 * is accepted in a file of `--config` and in `config.json` follow from it.
 */
export const computingFlags = {
  ...group('Data and model:', {
    data: setting(
      '<name>',
      `data set: ${list(builtInDataNames)}, or a path (see dpquant data)`,
      parse.nameOrData(builtInDataNames),
      'mnist',
    ),
    ...dataFlags,
    model: setting(
      '<name>',
      `network: ${list(modelNames)}, or the path of a model.json, whose weights are kept; mlp also takes rows of a table`,
      parse.nameOrModel(modelNames),
      'small-cnn',
    ),
    width: optional(
      '<n>',
      `${list(modelsOfAnyWidth)}: filters of the first stage, which later ones double (64; resnet20: 16)`,
      parse.count,
    ),
    task: optional(
      '<name>',
      `what is learned: ${list(taskNames)} (classification), of several outputs label=classification,age=regression, or the path of an ES module with a task of your own`,
      parse.textFor((text) => tasksByOutput(text) ?? parse.nameOrModule(taskNames)(text)),
    ),
    classWeights: optional(
      '<w,…>',
      'weight of each class in the loss, public: chosen without a look at how many private examples there are of each',
      parse.textFor(parse.positiveNumbers),
    ),
    validationFraction: setting(
      '<p>',
      'share of the data set that is public, for the metrics shown',
      parse.openFraction,
      0.2,
    ),
    splitSeed: optional('<n>', 'decides alone which examples are public (--seed)', parse.seed),
  }),
  ...group('Initial weights:', {
    initWeights: optional(
      '<file>',
      'weights to start from: .safetensors with the names of PyTorch, or a model.json',
      parse.text,
    ),
    initLedger: optional(
      '<file>',
      "ledger.json of the run that made the initial weights, where it was trained on the same people's data: " +
        'its ε counts. Weights from public data have none and need none',
      parse.text,
    ),
    newHead: switchOn('a fresh last layer, for other classes than the weights are of'),
    dropBatchStatistics: switchOn(
      "leaves out the statistics of the file's batch normalizations, for a model with group normalization",
    ),
    freeze: optional(
      '<names>',
      "layers that are not trained: 'stem*,conv1', or '!dense' for all but one",
      parse.text,
    ),
  }),
  ...group('Which layers run in low precision:', {
    policy: setting(
      '<name>',
      `which layers, epoch by epoch: ${list(policyNames)}, or the path of an ES module`,
      parse.nameOrModule(policyNames),
      'loss-aware',
    ),
    schedule: optional('<file>', 'schedule.jsonl of another run, for --policy fixed', parse.text),
    scheduleSeed: optional(
      '<n>',
      'decides alone which layers the policy draws (--seed)',
      parse.seed,
    ),
    scheduleInterval: optional(
      '<n>',
      'steps from one decision of the policy to the next (those of an epoch)',
      parse.count,
    ),
    format: setting(
      '<name>',
      `low-precision format: ${list(arithmeticNames())}`,
      parse.oneOf(arithmeticNames()),
      'luq-fp4',
    ),
    otherFormat: setting(
      '<name>',
      'format of the layers that are not chosen',
      parse.oneOf(arithmeticNames()),
      'float32',
    ),
    quantizedFraction: optional(
      '<p>',
      'share of the layers that are chosen (0.75)',
      parse.fraction,
    ),
    quantizedLayers: optional('<n>', 'or: number of layers', parse.wholeNumber),
    lowPrecisionShare: optional('<p>', 'or: least share of the multiplications', parse.fraction),
    targetSpeedup: optional('<s>', 'or: least theoretical speed-up', parse.positiveNumber),
    temperature: optional(
      '<t>',
      'loss-aware: how evenly layers are drawn; by the spread of their impacts if left out',
      parse.positiveNumber,
    ),
    impactPer: optional(
      '<unit>',
      `loss-aware: impacts as they are (layer, the default), or over the work that each saves (compute)`,
      parse.oneOf(impactWeighings),
    ),
    fullPrecisionStart: optional(
      '<p>',
      'share of the first steps in which no layer is in the format, as a warm-up',
      parse.openFraction,
    ),
    fullPrecisionEnd: optional(
      '<p>',
      'the same for the last steps; a decision that reaches into them counts as a whole',
      parse.openFraction,
    ),
    estimator: setting(
      '<name>',
      `loss-aware: how impacts are measured: ${list(estimatorNames)}`,
      parse.oneOf(estimatorNames),
      'per-example',
    ),
    analysisInterval: setting(
      '<n>',
      'epochs from one planned analysis to the next',
      parse.count,
      2,
    ),
    analysisStart: optional(
      '<epoch>',
      'the epoch, from 0, that the first analysis is made before (0); layers are drawn evenly until then',
      parse.wholeNumber,
    ),
    adaptiveAnalysis: switchOff('make every planned analysis, also while nothing changes'),
    analysisBatchSize: optional(
      '<n>',
      'expected examples of an analysis (--batch-size, or fewer where analyses would take over 5 % of the time)',
      parse.count,
    ),
    analysisNoise: optional(
      '<s>',
      'noise multiplier of an analysis (that of a step)',
      parse.positiveNumber,
    ),
    analysisClipNorm: setting('<c>', 'greatest norm of loss differences', parse.positiveNumber, 1),
    analysisSmoothing: setting('<w>', 'weight of the latest impacts', parse.rate, 0.8),
  }),
  ...group('Privacy:', {
    epsilon: setting('<e>', 'privacy goal ε: the noise is what it takes', parse.positiveNumber, 3),
    delta: setting('<d>', 'privacy goal δ', parse.openFraction, 1e-5),
    noiseMultiplier: optional('<s>', 'fixes the noise instead of ε', parse.positiveNumber),
    noiseRatio: setting(
      '<r>',
      'noise multiplier of the last steps over that of the first, in ten stages',
      parse.positiveNumber,
      1,
    ),
    clipNorm: setting('<c>', 'greatest gradient norm of an example', parse.positiveNumber, 1),
    clipRatio: setting(
      '<r>',
      'clip norm of the last steps over that of the first, in ten stages',
      parse.positiveNumber,
      1,
    ),
    clipping: setting(
      '<rule>',
      `how gradients are clipped: ${list(clippingNames)}; under quantile the clip norm follows`,
      parse.oneOf(clippingNames),
      'flat',
    ),
    quantile: setting(
      '<p>',
      'share of the gradients that quantile clipping leaves unclipped',
      parse.openFraction,
      0.5,
    ),
    privacy: switchOff('neither clipping nor noise, as a baseline: no guarantee'),
  }),
  ...group('Optimization:', {
    epochs: setting('<n>', 'passes over the data, in expectation', parse.count, 8),
    steps: optional('<n>', 'number of steps, instead of epochs', parse.count),
    batchSize: setting('<n>', 'expected number of examples a step', parse.count, 512),
    views: setting(
      '<k>',
      'rows or augmented views of each example whose mean gradient is clipped',
      parse.count,
      1,
    ),
    shift: setting(
      '<n>',
      'augmentation: moves images by up to n pixels, as a crop after padding',
      parse.wholeNumber,
      0,
    ),
    flip: switchOn('augmentation: mirrors every second image'),
    cutout: setting(
      '<n>',
      'augmentation: blanks a square of n pixels a side',
      parse.wholeNumber,
      0,
    ),
    optimizer: setting('<name>', list(optimizerNames), parse.oneOf(optimizerNames), 'sgd'),
    learningRate: optional(
      '<r>',
      'step size (sgd: 3, or 0.1 with --no-privacy; others: 0.01)',
      parse.positiveNumber,
    ),
    learningRateSchedule: optional(
      '<name>',
      `${list(learningRateScheduleNames)} (constant; linear, down to 0, for --task regression)`,
      parse.oneOf(learningRateScheduleNames),
    ),
    warmupSteps: setting('<n>', 'steps over which the learning rate rises', parse.wholeNumber, 0),
    momentum: setting('<m>', 'sgd: share of the last step that is kept', parse.momentum, 0),
    weightDecay: setting('<d>', 'adamw: decay of the weights', parse.nonNegativeNumber, 0.01),
    ema: setting(
      '<d>',
      'decay of an average of the weights, which is what the run gives',
      parse.momentum,
      0,
    ),
    earlyStop: optional('<n>', 'ends after n epochs without a better public score', parse.count),
  }),
  ...group('Running:', {
    physicalBatchSize: optional(
      '<n>',
      'examples computed at a time (256, or fewer by batch and network)',
      parse.count,
    ),
    backend: setting(
      '<name>',
      `what computes: ${list(backendRequests)}`,
      parse.oneOf(backendRequests),
      'auto',
    ),
    threads: optional(
      '<n>',
      'threads of the backend wasm (as many as there are cores)',
      parse.count,
    ),
    products: setting(
      '<name>',
      `how integer codes are multiplied: ${list(productRequests)}; auto measures graphics processors`,
      parse.oneOf(productRequests),
      'auto',
    ),
    seed: optional('<n>', 'fixes initialization, split, schedule and rounding', parse.seed),
    insecureSeed: optional(
      '<n>',
      'also fixes sampling and noise, for tests: no privacy guarantee',
      parse.seed,
    ),
  }),
};

/** Everything that decides what a run computes; written to config.json. */
export type TrainOptions = OptionsOf<typeof computingFlags>;
