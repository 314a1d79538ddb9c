import type { Command, Option } from 'commander';
import type { Axis, Settings } from '@dpquant/experiments';
import { computingFlags } from '../flags/computingOptions.ts';
import { settingName, type Flag } from '../flags/flags.ts';
import { givenSettings, type SettingName } from '../flags/settingsConflicts.ts';
import { applySettings, parseSetting, readObject } from '../flags/trainOptions.ts';
import { UsageError } from '../flags/usageError.ts';
import { gridFlags, type CompareFlags } from './compareFlags.ts';

/** Which runs are asked for. */
export interface ComparisonRequest {
  /** Settings of all rows. */
  readonly shared: Settings;
  /** Lists of values, all combined with each other; empty if only single rows are asked for. */
  readonly axes: readonly Axis[];
  /** Single rows. */
  readonly rows: readonly Settings[];
  readonly seeds: readonly number[];
  /** Undefined where it is not given. */
  readonly splitSeed: number | undefined;
  /** Whether nothing of it was given, so that a folder's record says what is to be run. */
  readonly isEmpty: boolean;
}

const defaultPolicies = 'full,static,probabilistic,loss-aware';

/** Lists of values, the setting that they are of, and what is one axis. */
const lists = [
  { flag: 'policies', setting: 'policy', axis: 'policy' },
  { flag: 'fractions', setting: 'quantized-fraction', axis: 'budget' },
  { flag: 'speedups', setting: 'target-speedup', axis: 'budget' },
  { flag: 'formats', setting: 'format', axis: 'format' },
  { flag: 'epsilons', setting: 'epsilon', axis: 'epsilon' },
] as const;

/** What `--seeds`, `--insecure-seeds` and the one split decide. */
const decidedHere: Readonly<Record<string, string>> = {
  seed: '--seeds',
  'insecure-seed': '--seeds with --insecure-seeds',
};

const splitSeedName = 'split-seed';
/** Under several splits one run's public examples are another's private ones. */
const oneSplit = [splitSeedName, 'validation-fraction', 'privacy-unit', 'data'];

/** Greatest number of runs of a comparison. */
const mostSeeds = 100_000;

/**
 * Reads what is to be compared from the flags, and below them the file of `--config`.
 *
 * @throws UsageError that names the flag
 */
export function comparisonRequest(command: Command): ComparisonRequest {
  const { config } = command.opts<CompareFlags>();
  if (config !== undefined) applyComparisonFile(command, config);
  const flags = command.opts<CompareFlags>();
  const axes = new Map<string, Settings[]>();
  const add = (axis: string, choices: readonly Settings[]) => {
    axes.set(axis, [...(axes.get(axis) ?? []), ...choices]);
  };
  const sharedNames = new Set<string>(givenSettings(command).map(settingName));
  for (const { flag, setting, axis } of lists) {
    const text = flags[flag];
    if (text !== undefined) add(axis, choicesOf(flag, setting, text));
  }
  for (const text of flags.vary) {
    const { name, value } = nameAndValue('vary', text);
    const choices = choicesOf('vary', name, value);
    add(Object.keys(choices[0]!)[0]!, choices);
  }
  const rows = flags.row.map(rowOf);
  const hasPolicy = axes.has('policy') || sharedNames.has('policy');
  if (!hasPolicy && (rows.length === 0 || axes.size > 0)) {
    // First, since the rows are named after it.
    const choices = choicesOf('policies', 'policy', defaultPolicies);
    const others = [...axes];
    axes.clear();
    for (const [axis, values] of [['policy', choices] as const, ...others]) add(axis, values);
  }
  if (axes.size === 0 && rows.length === 0) {
    throw new UsageError(
      'policy: --policy is the same for all rows, and nothing else differs; give --policies (one or several), --vary or --row',
    );
  }
  const shared = sharedSettings(command, axes);
  const own = [...rows, ...[...axes.values()].flat()];
  refuseDecided([shared, ...own]);
  const isVaried = (name: string) => own.some((settings) => name in settings);
  if (isVaried('task')) {
    throw new UsageError(
      'task: rows of different tasks have no score in common; give --task for all of them, or make a comparison of its own ' +
        'for each',
    );
  }
  const varied = oneSplit.find(isVaried);
  if (varied !== undefined) {
    throw new UsageError(
      `${varied}: one split of the same data is for all rows, else what is public in one is private in another; ` +
        `give --${varied} for all of them, or make a comparison of its own for each`,
    );
  }
  const { [splitSeedName]: splitSeed, ...others } = shared;
  const isGiven = (name: string) => command.getOptionValueSource(name) !== 'default';
  const isGrid = gridFlags.some(
    (name) => command.getOptionValueSource(name) !== undefined && isGiven(name),
  );
  return {
    shared: others,
    axes: rows.length > 0 && axes.size === 0 ? [] : [...axes.values()],
    rows,
    seeds: seedsOf(flags.seeds),
    splitSeed: splitSeed as number | undefined,
    isEmpty: !isGrid && sharedNames.size === 0,
  };
}

function sharedSettings(
  command: Command,
  axes: ReadonlyMap<string, readonly Settings[]>,
): Settings {
  const options = command.opts<Record<string, string | number | boolean>>();
  const varied = new Set([...axes.values()].flat().flatMap((choice) => Object.keys(choice)));
  return Object.fromEntries(
    givenSettings(command).map((name: SettingName) => {
      const key = settingName(name);
      if (varied.has(key)) {
        throw new UsageError(
          `${key}: is given for all rows and varied as well; leave one of the two out`,
        );
      }
      return [key, options[name]!];
    }),
  );
}

/** Sets the options of a file; flags take precedence. */
function applyComparisonFile(command: Command, path: string): void {
  const own = new Map(
    command.options
      .filter((option) => !(option.attributeName() in computingFlags))
      .map((option) => [settingName(option.attributeName()), option]),
  );
  const shared: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(readObject(path))) {
    const option = own.get(key) ?? own.get(settingName(key));
    if (!option) {
      shared[key] = value;
      continue;
    }
    const name = option.attributeName();
    if (command.getOptionValueSource(name) === 'cli') continue;
    const isRepeated = Array.isArray(option.defaultValue);
    const values: readonly unknown[] = Array.isArray(value) ? value : [value];
    const texts = values.map((each) => textOf(each, key, path));
    const parsed = option.required ? parsedBy(option, texts.join()) : truthOf(value, key, path);
    command.setOptionValueWithSource(name, isRepeated ? texts : parsed, 'config');
  }
  applySettings(command, shared, path);
}

function parsedBy({ parseArg }: Option, text: string): unknown {
  const parse = parseArg as ((text: string, before: unknown) => unknown) | undefined;
  return parse ? parse(text, []) : text;
}

/** Of a switch; one that switches off is called by what it switches off: `"timing": false`. */
function truthOf(value: unknown, key: string, path: string): boolean {
  if (typeof value === 'boolean') return value;
  throw new UsageError(
    `config: "${key}" is ${JSON.stringify(value)} in ${path}. Expected true or false.`,
  );
}

/** A row in a file may be an object. */
function textOf(value: unknown, key: string, path: string): string {
  if (['string', 'number', 'boolean'].includes(typeof value)) return String(value);
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return Object.entries(value)
      .map(([name, each]) => `${name}=${String(each)}`)
      .join();
  }
  throw new UsageError(
    `config: "${key}" is ${JSON.stringify(value)} in ${path}. Expected a text, a number or a list of them.`,
  );
}

function choicesOf(flag: string, key: string, text: string): Settings[] {
  const values = text.split(',').map((value) => value.trim());
  if (values.includes('')) {
    throw new UsageError(`${flag}: expected values with commas between them, got "${text}"`);
  }
  return values.map((value) => settingOf(flag, key, value));
}

/** One setting out of texts, checked as `dpquant train` checks its flag. */
function settingOf(flag: string, key: string, text: string): Settings {
  const isSwitch = (name: string) => !(computingFlags as Record<string, Flag>)[name]?.parse;
  const truth = text === 'true' ? true : text === 'false' ? false : text;
  const place = `--${flag}`;
  const known = Object.keys(computingFlags).find((name) =>
    [name, settingName(name), `no-${settingName(name)}`].includes(key),
  );
  const value = known !== undefined && isSwitch(known) ? truth : text;
  try {
    const [name, parsed] = parseSetting(key, value, place);
    return { [settingName(name)]: parsed as string | number | boolean };
  } catch (error) {
    throw new UsageError((error as Error).message.replace(/^config: /, `${flag}: `));
  }
}

/** A comma is in a value where no name follows it: `freeze=conv1,conv2,policy=full`. */
const betweenSettings = /,(?=\s*[\w-]+\s*=)/;

function rowOf(text: string): Settings {
  const settings = text.split(betweenSettings).map((part) => {
    const { name, value } = nameAndValue('row', part);
    return settingOf('row', name, value);
  });
  const names = settings.flatMap((setting) => Object.keys(setting));
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) {
    throw new UsageError(`row: "${text}" has ${twice} twice; leave one of them out`);
  }
  return Object.assign({}, ...settings) as Settings;
}

function nameAndValue(flag: string, text: string): { name: string; value: string } {
  const at = text.indexOf('=');
  if (at > 0) return { name: text.slice(0, at).trim(), value: text.slice(at + 1).trim() };
  throw new UsageError(
    `${flag}: expected names of flags with their values, as 'learning-rate=1,2', got "${text}"`,
  );
}

function refuseDecided(settings: readonly Settings[]): void {
  for (const each of settings) {
    for (const [name, flag] of Object.entries(decidedHere)) {
      if (name in each) {
        throw new UsageError(`${name}: runs are compared by pairs of the same seed; use ${flag}`);
      }
    }
  }
}

/** `3` is the first three seeds, `1,2,7` and `7,` are lists. */
function seedsOf(text: string): number[] {
  const parts = text.split(',').filter((part) => part.trim() !== '');
  const seeds = parts.map(Number);
  const isList = text.includes(',');
  const isValid = seeds.every((seed) => Number.isSafeInteger(seed) && seed >= (isList ? 0 : 1));
  if (seeds.length === 0 || !isValid || new Set(seeds).size < seeds.length) {
    throw new UsageError(
      `seeds: expected a number of seeds, or a list of different ones with commas, got "${text}"`,
    );
  }
  if (isList) return seeds;
  const [count] = seeds as [number];
  if (count > mostSeeds) {
    throw new UsageError(
      `seeds: ${text} of them are more than ${mostSeeds}; for the one seed ${text}, give "${text},"`,
    );
  }
  return Array.from({ length: count }, (_, index) => index + 1);
}
