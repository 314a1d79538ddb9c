import { existsSync, realpathSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { builtInPolicies } from '@dpquant/scheduling';
import type { TrainOptions } from './computingOptions.ts';
import { builtInDataNames } from '../data/loadChosenData.ts';
import { isOwnModel } from '../models/modelZoo.ts';
import { isBuiltInTask } from './taskNames.ts';

/** Options that name files, each with a test for values that are names of built-in things. */
const pathOptions: Readonly<Record<string, (value: string) => boolean>> = {
  data: (value) => builtInDataNames.includes(value),
  model: (value) => !isOwnModel(value),
  policy: (value) => builtInPolicies.has(value),
  task: isBuiltInTask,
  schedule: () => false,
  initWeights: () => false,
  initLedger: () => false,
};

/** The options with absolute paths, so that a run can be continued from any folder. */
export function withAbsolutePaths<T extends Partial<TrainOptions>>(options: T): T {
  const absolute = Object.entries(options).map(([name, value]) => [
    name,
    absoluteOption(name, value),
  ]);
  return Object.fromEntries(absolute) as T;
}

/** The value of an option; an absolute path if it is a path. */
export function absoluteOption(name: string, value: unknown): unknown {
  const isName = pathOptions[name];
  return isName && typeof value === 'string' && !isName(value) ? absolutePath(value) : value;
}

/**
 * A link in the way is followed, as the system does it (`link/..` is not where it stands); the name
 * is kept.
 */
function absolutePath(path: string): string {
  const folder = dirname(path);
  const name = basename(path);
  return existsSync(folder) && name !== '..'
    ? join(realpathSync.native(folder), name)
    : resolve(path);
}
