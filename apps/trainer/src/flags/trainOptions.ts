import { readFileSync } from 'node:fs';
import { InvalidArgumentError, type Command } from 'commander';
import { builtInPolicies } from '@dpquant/scheduling';
import { computingFlags, type TrainOptions } from './computingOptions.ts';
import { flagText, optionsOf, settingName, type Flag } from './flags.ts';
import { absoluteOption } from './optionPaths.ts';
import { rankFlags, type RankOptions } from './rankFlags.ts';
import type { RunConfig } from '../run/runRecords.ts';
import { refuseContradictions } from './settingsConflicts.ts';
import { didYouMean } from './suggestions.ts';
import { isBuiltInTask } from './taskNames.ts';
import { UsageError } from './usageError.ts';

/** Where a run is written and how it is shown. */
export interface OutputOptions {
  readonly out?: string;
  readonly config?: string;
  readonly resume?: boolean;
  readonly force?: boolean;
  readonly json?: boolean;
}

/** What a run is asked to compute. */
export interface GivenOptions {
  readonly options: TrainOptions;
  /** The options that the user gave, by flags or a file of `--config`; the others are defaults. */
  readonly given: RunConfig['given'];
}

/** Adds the flags of `dpquant train` that decide what a run computes. */
export function addComputingOptions(command: Command): void {
  for (const option of optionsOf(computingFlags)) command.addOption(option);
}

/** Adds all flags of `dpquant train` to a command. */
export function addTrainOptions(command: Command): void {
  addComputingOptions(command);
  command
    .option(
      '--config <file>',
      'JSON object of the flags above, or config.json of a run; flags given override it',
    )
    .option('--out <folder>', 'folder of the run (default: runs/ and the time)')
    .option('--resume', 'continue the interrupted run in --out')
    .option('--force', 'replace the run in --out')
    .option('--json', 'one JSON object on standard output at the end');
  for (const option of optionsOf(rankFlags)) command.addOption(option);
}

/**
 * What the flags, and below them the file of `--config`, ask for; for a run that is resumed, the
 * flags alone.
 */
export function resolveTrainOptions(command: Command): TrainOptions & OutputOptions & RankOptions {
  const { config, resume } = command.opts<OutputOptions>();
  if (resume) {
    if (config === undefined) return command.opts<TrainOptions & OutputOptions & RankOptions>();
    throw new UsageError(
      'config: a run that is resumed keeps the settings it was started with; leave --config out',
    );
  }
  if (config !== undefined) applyConfigFile(command, config);
  refuseContradictions(command);
  return command.opts<TrainOptions & OutputOptions & RankOptions>();
}

/** Options that are paths: a file may have moved since the run began. */
const movable = ['data', 'schedule', 'policy', 'task'] as const;

/**
 * The options of a run that is resumed: those it was started with, but for the places of its files.
 * Another flag that says otherwise is an error, and so is a run that would load a module that no
 * flag names: its folder may be anybody's.
 */
export function resumedOptions(
  command: Command,
  stored: RunConfig['options'],
): RunConfig['options'] {
  const given = command.opts<Record<string, unknown>>();
  const isGiven = (name: string) => command.getOptionValueSource(name) === 'cli';
  if (isGiven('config')) {
    throw new UsageError('config: a resumed run has its settings; leave --config out');
  }
  const before = stored as unknown as Record<string, unknown>;
  const moved: Record<string, unknown> = {};
  for (const [name, flag] of Object.entries(computingFlags)) {
    if (!isGiven(name)) continue;
    const now = absoluteOption(name, given[name]);
    if (now === before[name]) continue;
    if (isMovable(name, before[name], now)) moved[name] = now;
    else {
      const was = before[name] ?? 'none';
      throw new UsageError(
        `${flagText(name, flag)}: the run was started with ${typeof was === 'string' ? was : JSON.stringify(was)}, a resumed run cannot ` +
          'change it; leave the flag out or start a new run',
      );
    }
  }
  for (const name of Object.keys(programs) as (keyof typeof programs)[]) {
    const value = stored[name];
    if (value === undefined || programs[name](value) || isGiven(name)) continue;
    throw new UsageError(
      `${name}: the run uses the program ${value}, which resuming would start; if you trust it, add --${name} ${value}`,
    );
  }
  return { ...stored, ...moved };
}

/** Options that may name a program of the user's, each with the test for built-in names. */
const programs = {
  policy: (name: string) => builtInPolicies.has(name),
  task: isBuiltInTask,
} as const;

/** Whether an option is a path whose file may just have moved: no built-in name, before or now. */
function isMovable(name: string, before: unknown, now: unknown): boolean {
  const isBuiltIn = (value: unknown) =>
    (name === 'policy' || name === 'task') && programs[name](String(value));
  return (
    (movable as readonly string[]).includes(name) &&
    before !== undefined &&
    !isBuiltIn(before) &&
    !isBuiltIn(now)
  );
}

/** Sets the options of a file; flags take precedence. */
function applyConfigFile(command: Command, path: string): void {
  const { settings, given } = settingsIn(readObject(path));
  applySettings(command, settings, path, given);
}

/**
 * Sets the options of an object; flags take precedence.
 *
 * @param place where the object comes from, for messages
 * @param given names of those that count if they are defaults; all if left out
 */
export function applySettings(
  command: Command,
  settings: object,
  place: string,
  given?: readonly unknown[],
): void {
  const seen = new Map<string, string>();
  for (const [key, value] of Object.entries(settings)) {
    const [name, parsed] = parseSetting(key, value, place);
    const before = seen.get(name);
    if (before !== undefined) {
      throw new UsageError(
        `config: "${before}" and "${key}" in ${place} say the same setting twice; leave one of them out`,
      );
    }
    seen.set(name, key);
    if (command.getOptionValueSource(name) === 'cli') continue;
    if (given && !given.includes(name) && parsed === computingFlags[name].value) continue;
    command.setOptionValueWithSource(name, parsed, 'config');
  }
}

/**
 * The option that a key of a file stands for, `batchSize` or `batch-size`, and its value.
 *
 * @throws UsageError that names both
 */
export function parseSetting(
  key: string,
  value: unknown,
  place: string,
): [name: keyof TrainOptions, value: unknown] {
  const found = (Object.entries(computingFlags) as [keyof TrainOptions, Flag][]).find(
    ([name, flag]) => [name, settingName(name), flagText(name, flag).slice(2)].includes(key),
  );
  if (!found) {
    const names = Object.entries(computingFlags).map((entry) => flagText(...entry).slice(2));
    throw new UsageError(
      `config: unknown setting "${key}" in ${place}.${didYouMean(key, names) || ' dpquant train --help lists them.'}`,
    );
  }
  const [name, flag] = found;
  const isNegated = key !== name && key !== settingName(name);
  try {
    return [name, valueIn(flag, isNegated ? negated(flag, value) : value)];
  } catch (error) {
    if (!(error instanceof InvalidArgumentError)) throw error;
    throw new UsageError(
      `config: "${key}" is ${JSON.stringify(value)} in ${place}. ${error.message}`,
    );
  }
}

/** @throws UsageError where a file is no JSON object */
export function readObject(path: string): object {
  let values: unknown;
  try {
    // Some editors begin a file with a byte order mark, which is no JSON.
    values = JSON.parse(readFileSync(path, 'utf8').replace(/^\uFEFF/, ''));
  } catch (error) {
    throw new UsageError(`config: cannot read ${path}: ${(error as Error).message}`);
  }
  if (typeof values === 'object' && values !== null && !Array.isArray(values)) return values;
  throw new UsageError(`config: expected a JSON object in ${path}`);
}

/**
 * The value of a flag that a file gives, as a number or text of it, or true or false of a switch.
 */
function valueIn({ parse, schema }: Flag, value: unknown): unknown {
  const isText =
    typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
  if (parse && isText) return parse(String(value));
  const { data, error } = schema.safeParse(value);
  if (error) throw new InvalidArgumentError(error.issues[0]!.message);
  return data;
}

/** `no-privacy` says the opposite of `privacy`. */
function negated({ parse, value: isOnByDefault }: Flag, value: unknown): unknown {
  return !parse && isOnByDefault === true && typeof value === 'boolean' ? !value : value;
}

/**
 * The settings in a file, and the names of those that were given where it holds all, defaults too:
 * in the `config.json` of a run, and in its options by themselves. Others of them were given if
 * they are not the default: somebody has changed them.
 */
function settingsIn(file: object): { settings: object; given?: readonly unknown[] } {
  const { options, plan, given } = file as Record<string, unknown>;
  if (typeof options === 'object' && options !== null && plan !== undefined) {
    return { settings: options, given: Array.isArray(given) ? given : [] };
  }
  // A file that has all options was written by a program.
  const isResolved = Object.entries<Flag>(computingFlags).every(
    ([name, { value }]) => value === undefined || name in file,
  );
  return { settings: file, ...(isResolved && { given: [] }) };
}
