import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import {
  builtInPolicies,
  checkPolicy,
  createPolicy,
  fullPrecisionEnd,
  fullPrecisionStart,
  parseSchedule,
} from '@dpquant/scheduling';
import type { SchedulePolicy } from '@dpquant/scheduling';
import type { TrainOptions } from './computingOptions.ts';
import { asUsage, UsageError } from './usageError.ts';

type PolicyFlags = Pick<
  TrainOptions,
  'policy' | 'schedule' | 'temperature' | 'impactPer' | 'fullPrecisionStart' | 'fullPrecisionEnd'
>;

/**
 * The policy that the flags ask for: a built-in one, or the default export of an ES module; without
 * low precision in the shares of the steps that are to have none.
 */
export async function loadPolicy(options: PolicyFlags): Promise<SchedulePolicy> {
  const { fullPrecisionStart: start, fullPrecisionEnd: end } = options;
  const policy = await namedPolicy(options);
  const warm = start === undefined ? policy : fullPrecisionStart(policy, start);
  return end === undefined ? warm : fullPrecisionEnd(warm, end);
}

async function namedPolicy(options: PolicyFlags): Promise<SchedulePolicy> {
  const { policy, schedule, temperature, impactPer } = options;
  if (!builtInPolicies.has(policy)) return loadModule(policy);
  if (policy === 'fixed' && schedule === undefined) {
    throw new UsageError('policy: fixed needs --schedule with the schedule.jsonl of another run');
  }
  return asUsage(() =>
    createPolicy(policy, {
      temperature,
      impactPer,
      ...(policy === 'fixed' && { schedule: parseSchedule(readText(schedule!), schedule) }),
    }),
  );
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new UsageError(`schedule: cannot read ${path}: ${(error as Error).message}`);
  }
}

async function loadModule(path: string): Promise<SchedulePolicy> {
  if (!existsSync(path)) throw new UsageError(`policy: there is no file ${path}`);
  let module: { default?: unknown };
  try {
    module = (await import(pathToFileURL(resolve(path)).href)) as typeof module;
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    const stripsTypes = Boolean((process.features as { typescript?: unknown }).typescript);
    if (path.endsWith('.ts') && (code === 'ERR_UNKNOWN_FILE_EXTENSION' || !stripsTypes)) {
      throw new UsageError(
        `policy: Node ${process.versions.node} cannot run ${path}; use Node 22.18 or newer, ` +
          'or compile it to a .js file',
      );
    }
    throw new UsageError(`policy: ${path} cannot be loaded: ${message}`);
  }
  try {
    return checkPolicy(module.default, `policy ${path}`);
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}
