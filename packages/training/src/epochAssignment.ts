import { arithmeticNames } from '@dpquant/quantization';
import { SeededRandom, uniform } from '@dpquant/random';
import {
  checkAssignment,
  speedupsNeeded,
  type LayerAssignment,
  type ScheduleContext,
  type ScheduledLayer,
} from '@dpquant/scheduling';
import type { ResolvedOptions } from './checkRun.ts';
import { PolicyError } from './policyError.ts';

/**
 * Asks the policy for the assignment of an epoch, and the source whether it can compute in its
 * formats.
 *
 * @param layers that the schedule chooses from
 * @param known what was decided before, and the smoothed loss impacts where there are any
 * @throws PolicyError when there is none that the run can use
 */
export async function assignmentOf(
  epoch: number,
  layers: readonly ScheduledLayer[],
  known: Pick<ScheduleContext, 'earlier' | 'lossImpacts'>,
  { schedule, seed, source }: Pick<ResolvedOptions, 'schedule' | 'seed' | 'source'>,
): Promise<LayerAssignment> {
  const { policy, format, budget, otherFormat, formatSpeedups } = schedule;
  const random = new SeededRandom(schedule.seed ?? seed, `schedule of epoch ${epoch}`);
  const context = {
    epoch,
    layers,
    budget,
    format,
    ...(otherFormat !== undefined && { otherFormat }),
    ...(formatSpeedups && { formatSpeedups }),
    ...known,
    random: () => uniform(random),
  };
  const speedups = speedupsNeeded(schedule);
  try {
    const assignment = checkAssignment(policy.select(context), context, {
      policy: policy.name,
      formats: arithmeticNames(),
      ...(speedups && { formatSpeedups: speedups }),
    });
    const formats = [...new Set(assignment.values())].filter((assigned) => assigned !== format);
    await source.probe({ formats, model: null });
    return assignment;
  } catch (error) {
    throw new PolicyError(policy.name, epoch, error);
  }
}
