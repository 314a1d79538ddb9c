import { readFileSync } from 'node:fs';
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
import { defaultExportOf } from './ownModule.ts';
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
  const policy = await defaultExportOf(path, 'policy');
  try {
    return checkPolicy(policy, `policy ${path}`);
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}
