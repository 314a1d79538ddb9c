import { arithmeticNames } from '@dpquant/quantization';
import { SeededRandom, uniform } from '@dpquant/random';
import {
  checkAssignment,
  checkProbabilities,
  decisionName,
  defaultFormatSpeedups,
  speedupsNeeded,
  type DecisionPlace,
  type LayerAssignment,
  type ScheduleContext,
  type ScheduledLayer,
} from '@dpquant/scheduling';
import type { ResolvedOptions } from './checkRun.ts';
import { PolicyError } from './policyError.ts';
import { SourceError } from './source/sourceError.ts';

/** What a policy has decided, with the probabilities of its choices if it can give them. */
export interface Decided {
  readonly assignment: LayerAssignment;
  /** Probability of each layer to be chosen for the low-precision format. */
  readonly probabilities: ReadonlyMap<string, number> | null;
}

/**
 * Asks the policy for a decision, and the source whether it can compute in the chosen formats.
 *
 * @param layers layers that the schedule chooses from
 * @param known earlier decisions, and the smoothed loss impacts if there are any
 * @throws PolicyError when the policy or the source fails, or the assignment is not valid
 * @throws SourceError when the machines behind the source are gone
 */
export async function decide(
  place: DecisionPlace,
  layers: readonly ScheduledLayer[],
  known: Pick<ScheduleContext, 'earlier' | 'lossImpacts'>,
  { schedule, seed, source }: Pick<ResolvedOptions, 'schedule' | 'seed' | 'source'>,
): Promise<Decided> {
  const { policy, format, budget, otherFormat, formatSpeedups = defaultFormatSpeedups } = schedule;
  const randomOf = (purpose: string) => {
    const random = new SeededRandom(schedule.seed ?? seed, `${purpose} of ${decisionName(place)}`);
    return () => uniform(random);
  };
  const context = {
    ...place,
    layers,
    budget,
    format,
    ...(otherFormat !== undefined && { otherFormat }),
    formatSpeedups,
    ...known,
    random: randomOf('schedule'),
  };
  const speedups = speedupsNeeded(schedule);
  // Copies: a policy that changes the maps given here must not change its own choice.
  const asked = {
    ...context,
    earlier: known.earlier?.map((assignment) => new Map(assignment)),
    lossImpacts: known.lossImpacts && new Map(known.lossImpacts),
    random: randomOf('probabilities'),
  };
  try {
    const probabilities = checkProbabilities(policy.probabilities?.(asked) ?? null, context, {
      policy: policy.name,
    });
    const assignment = checkAssignment(policy.select(context), context, {
      policy: policy.name,
      formats: arithmeticNames(),
      ...(speedups && { formatSpeedups: speedups }),
    });
    const formats = [...new Set(assignment.values())].filter((assigned) => assigned !== format);
    await source.probe({ formats, model: null, sums: null });
    return { assignment, probabilities };
  } catch (error) {
    // No fault of the policy.
    if (error instanceof SourceError) throw error;
    throw new PolicyError(policy.name, place, error);
  }
}
