import { Command, CommanderError } from 'commander';
import type { Cell, Settings } from '@dpquant/experiments';
import { computingFlags, type TrainOptions } from '../flags/computingOptions.ts';
import { flagText, settingName } from '../flags/flags.ts';
import {
  givenSettings,
  refuseContradictions,
  settingsWithoutEffect,
} from '../flags/settingsConflicts.ts';
import {
  addTrainOptions,
  applySettings,
  parseSetting,
  resolveTrainOptions,
} from '../flags/trainOptions.ts';
import { UsageError } from '../flags/usageError.ts';

/** The settings of a row, with those that all rows share. */
export interface ResolvedRow {
  /** Its own settings, without those that have no effect. */
  readonly settings: Settings;
  /** All that is given to its runs. */
  readonly given: Settings;
  /** All options of its runs, with defaults. */
  readonly options: TrainOptions;
}

/** Where the settings of a row come from. */
export interface RowOrigin {
  /**
   * `grid`: a setting that the others make pointless is left out. `explicit`: it is refused, and
   * replaces what is shared and excludes it.
   */
  readonly kind: 'grid' | 'explicit';
}

/**
 * Resolves the settings of a row by the rules of `dpquant train`.
 *
 * @throws UsageError as `dpquant train` would
 */
export function resolveRow(shared: Settings, own: Settings, { kind }: RowOrigin): ResolvedRow {
  const command = new Command('train');
  addTrainOptions(command);
  if (kind === 'grid') applySettings(command, own, 'the comparison');
  else {
    for (const [key, value] of Object.entries(own)) {
      command.setOptionValueWithSource(...parseSetting(key, value, 'a row'), 'cli');
    }
  }
  const rest = Object.entries(shared).filter(([name]) => !(name in own));
  applySettings(command, Object.fromEntries(rest), 'the comparison');
  for (const name of settingsWithoutEffect(command)) {
    if (command.getOptionValueSource(name) !== 'config') continue;
    command.setOptionValueWithSource(name, computingFlags[name].value, 'default');
  }
  refuseContradictions(command);
  const options = command.opts<TrainOptions>();
  const given = Object.fromEntries(
    givenSettings(command).map((name) => [settingName(name), options[name]]),
  ) as Settings;
  const settings = Object.fromEntries(Object.entries(own).filter(([name]) => name in given));
  return { settings, given, options };
}

/** @throws UsageError that says why a run would refuse these settings */
export function refuseContradicting(settings: Settings): void {
  const command = new Command('train');
  addTrainOptions(command);
  applySettings(command, settings, 'the comparison');
  refuseContradictions(command);
}

/** What all cells are given beside their rows. */
export interface CellFlags {
  readonly splitSeed: number;
  readonly insecureSeeds: boolean;
}

/** Arguments of the program for the run of a cell, without its folder. */
export function cellArguments(
  { given, options }: ResolvedRow,
  { seed, subset = 1 }: Cell,
  { splitSeed, insecureSeeds }: CellFlags,
): string[] {
  // Two runs with all threads each would slow each other down.
  const takesThreads = ['auto', 'wasm'].includes(options.backend);
  const settings: Settings = {
    ...(takesThreads && { threads: 1 }),
    ...given,
    [insecureSeeds ? 'insecure-seed' : 'seed']: seed,
    'split-seed': splitSeed,
    ...(subset > 1 && { 'schedule-seed': seed + 1_000_000 * (subset - 1) }),
  };
  return ['train', ...Object.entries(settings).map(argument)];
}

function argument([key, value]: [string, string | number | boolean]): string {
  if (typeof value !== 'boolean') return `--${key}=${value}`;
  const [name] = parseSetting(key, value, 'the comparison');
  return flagText(name, computingFlags[name]);
}

/**
 * The options of a run with these arguments, as `dpquant train` reads them.
 *
 * @throws UsageError for what it would refuse
 */
export function optionsOfArguments([, ...flags]: readonly string[]): TrainOptions {
  const command = new Command('train')
    .exitOverride()
    .configureOutput({ writeErr: () => undefined });
  addTrainOptions(command);
  try {
    command.parse(flags, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    throw new UsageError(error.message.replace(/^error: /, ''));
  }
  return resolveTrainOptions(command);
}
