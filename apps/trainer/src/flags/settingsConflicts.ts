import type { Command } from 'commander';
import { modelsOfAnyWidth } from '@dpquant/models';
import { layerArithmetic, multipliesIntegers } from '@dpquant/quantization';
import { builtInPolicies } from '@dpquant/scheduling';
import { computingFlags, type TrainOptions } from './computingOptions.ts';
import { flagText } from './flags.ts';
import { UsageError } from './usageError.ts';

/** A setting of a run. */
export type SettingName = keyof TrainOptions;

/** Settings that say the same thing in different ways: at most one of each list. */
const alternatives: readonly { readonly names: readonly SettingName[]; readonly why: string }[] = [
  {
    names: ['epsilon', 'noiseMultiplier'],
    why: 'the noise follows from a goal, or is fixed and the ε follows from it',
  },
  { names: ['steps', 'epochs'], why: 'each says how long the run is' },
  {
    names: ['quantizedFraction', 'quantizedLayers', 'lowPrecisionShare', 'targetSpeedup'],
    why: 'each says how much runs in low precision',
  },
];

/** A setting that has no effect beside another one. */
interface Rule {
  readonly names: readonly SettingName[];
  /** The setting beside which they have no effect; null where they have one. */
  readonly contradicts: (options: TrainOptions) => string | null;
  /** Another remedy than leaving one of the two out. */
  readonly remedy?: string;
}

const budgets = alternatives[2]!.names;
const phases: readonly SettingName[] = ['fullPrecisionStart', 'fullPrecisionEnd'];

/** Settings without an effect in a run without privacy. */
const privacy: readonly SettingName[] = [
  ...(['epsilon', 'delta', 'noiseMultiplier', 'noiseRatio'] as const),
  ...(['clipNorm', 'clipRatio', 'clipping', 'quantile'] as const),
];

const rules: readonly Rule[] = [
  {
    names: privacy,
    contradicts: ({ privacy }) =>
      privacy ? null : '--no-privacy, which neither clips nor adds noise',
  },
  {
    names: ['quantile'],
    contradicts: ({ clipping }) =>
      clipping === 'quantile' ? null : `--clipping ${clipping}, whose clip norm follows none`,
    remedy: 'choose --clipping quantile',
  },
  {
    names: ['width'],
    contradicts: ({ model }) =>
      modelsOfAnyWidth.includes(model) ? null : `--model ${model}, whose layers have fixed widths`,
    remedy: `choose --model ${modelsOfAnyWidth.join(' or ')}`,
  },
  {
    names: ['scheduleSeed'],
    contradicts: ({ policy }) =>
      policy === 'full' || policy === 'fixed' ? `--policy ${policy}, which draws no layers` : null,
    remedy: 'choose another policy',
  },
  {
    names: ['schedule'],
    contradicts: ({ policy }) =>
      policy === 'fixed' ? null : `--policy ${policy}, which makes a schedule of its own`,
    remedy: 'choose --policy fixed',
  },
  {
    names: [...budgets, 'format', 'otherFormat', ...phases],
    contradicts: ({ policy }) =>
      policy === 'full' ? '--policy full, which runs every layer in float32' : null,
    remedy: 'choose another policy',
  },
  {
    names: budgets,
    contradicts: ({ policy }) =>
      policy === 'fixed' ? '--policy fixed, whose schedule names the layers' : null,
    remedy: 'choose another policy',
  },
  {
    names: ['scheduleInterval'],
    // Of a static policy it moves the borders of a phase in full precision.
    contradicts: ({ policy, fullPrecisionStart, fullPrecisionEnd }) =>
      policy === 'full' || (policy === 'static' && !fullPrecisionStart && !fullPrecisionEnd)
        ? `--policy ${policy}, whose layers stay the same`
        : null,
    remedy: 'choose another policy',
  },
  {
    names: ['fullPrecisionEnd'],
    contradicts: ({ fullPrecisionStart = 0, fullPrecisionEnd = 0 }) =>
      fullPrecisionStart + fullPrecisionEnd >= 1
        ? `--full-precision-start ${fullPrecisionStart}, beside which it leaves no step to the policy`
        : null,
    remedy: 'lower them to less than 1 together',
  },
  {
    names: phases,
    contradicts: ({ format, otherFormat }) =>
      format === 'float32' && otherFormat === 'float32'
        ? '--format float32, which is full precision throughout'
        : null,
    remedy: 'choose another format',
  },
  {
    names: ['temperature'],
    contradicts: ({ policy }) =>
      policy === 'loss-aware' ? null : `--policy ${policy}, which has no temperature`,
    remedy: 'choose --policy loss-aware',
  },
  {
    names: ['impactPer'],
    contradicts: ({ policy }) =>
      policy === 'loss-aware' ? null : `--policy ${policy}, which weighs no impacts`,
    remedy: 'choose --policy loss-aware',
  },
  {
    names: [
      ...(['estimator', 'analysisInterval', 'analysisStart', 'adaptiveAnalysis'] as const),
      ...(['analysisBatchSize', 'analysisNoise', 'analysisClipNorm', 'analysisSmoothing'] as const),
    ],
    // Only built-in policies: what a policy of the user's uses is known once it is loaded.
    contradicts: ({ policy }) =>
      builtInPolicies.has(policy) && policy !== 'loss-aware'
        ? `--policy ${policy}, which has no analyses`
        : null,
    remedy: 'choose --policy loss-aware',
  },
  {
    names: ['momentum'],
    contradicts: ({ optimizer }) =>
      optimizer === 'sgd' ? null : `--optimizer ${optimizer}, which has moments of its own`,
    remedy: 'choose --optimizer sgd',
  },
  {
    names: ['weightDecay'],
    contradicts: ({ optimizer }) =>
      optimizer === 'adamw' ? null : `--optimizer ${optimizer}, which decays no weights`,
    remedy: 'choose --optimizer adamw',
  },
  {
    names: ['threads'],
    contradicts: ({ backend }) =>
      backend === 'auto' || backend === 'wasm' ? null : `--backend ${backend}, which has its own`,
    remedy: 'choose --backend wasm',
  },
  {
    names: ['products'],
    contradicts: ({ products, format, otherFormat }) =>
      products !== 'integer' ||
      [format, otherFormat].some((name) => multipliesIntegers(layerArithmetic(name)))
        ? null
        : `--format ${format}, whose codes are no integers`,
    remedy: 'choose luq-fp4, int4 or int8',
  },
];

/** Where a setting has its value from: a flag, a file of `--config`, or nowhere. */
type SettingSource = 'cli' | 'config' | 'default';

/**
 * Refuses settings that contradict each other, so that none is dropped in silence. What counts is
 * what the user gave, by flags or in a file of `--config`.
 *
 * A flag replaces those settings of the file that exclude it: other ways to say the same, and under
 * `--no-privacy` all of privacy.
 *
 * @throws UsageError that names both
 */
export function refuseContradictions(command: Command): void {
  for (const { names, why } of alternatives) {
    if (names.some((name) => sourceOf(command, name) === 'cli')) resetFromFile(command, names);
    const [first, second] = names.filter((name) => isGiven(command, name)).map(flagOf);
    if (second === undefined) continue;
    throw new UsageError(
      `${first!.slice(2)}: ${first} and ${second} exclude each other (${why}); give one of them`,
    );
  }
  if (sourceOf(command, 'privacy') === 'cli') resetFromFile(command, privacy);
  const options = command.opts<TrainOptions>();
  for (const { names, contradicts, remedy } of rules) {
    const contradiction = contradicts(options);
    const name = names.find((candidate) => isGiven(command, candidate));
    if (contradiction === null || name === undefined) continue;
    throw new UsageError(
      `${flagOf(name).slice(2)}: ${flagOf(name)} has no effect under ${contradiction}; leave one of them out` +
        (remedy === undefined ? '' : `, or ${remedy}`),
    );
  }
}

/** Settings that were given and that others leave without an effect, which a run would refuse. */
export function settingsWithoutEffect(command: Command): SettingName[] {
  const options = command.opts<TrainOptions>();
  return rules
    .filter(({ contradicts }) => contradicts(options) !== null)
    .flatMap(({ names }) => names.filter((name) => isGiven(command, name)));
}

/** The settings that the user gave, by flags or in a file of `--config`. */
export function givenSettings(command: Command): SettingName[] {
  return (Object.keys(computingFlags) as SettingName[]).filter((name) => isGiven(command, name));
}

function isGiven(command: Command, name: SettingName): boolean {
  return sourceOf(command, name) !== 'default';
}

function sourceOf(command: Command, name: SettingName): SettingSource {
  return (command.getOptionValueSource(name) ?? 'default') as SettingSource;
}

function resetFromFile(command: Command, names: readonly SettingName[]): void {
  for (const name of names) {
    if (sourceOf(command, name) !== 'config') continue;
    command.setOptionValueWithSource(name, computingFlags[name].value, 'default');
  }
}

function flagOf(name: SettingName): string {
  return flagText(name, computingFlags[name]);
}
