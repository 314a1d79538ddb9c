import { decisionName, type ScheduleContext } from '@dpquant/scheduling';

/**
 * A policy failed to give a valid assignment. Nothing was computed under the decision: the
 * trainer's position is that of the last finished step, and can be saved.
 */
export class PolicyError extends Error {
  override name = 'PolicyError';
  /** Name of the policy. */
  readonly policy: string;
  /** Epoch that the decision was for, from 0. */
  readonly epoch: number;
  /** First step that the decision was for, from 0, if known. */
  readonly step: number | undefined;

  constructor(
    policy: string,
    place: Pick<ScheduleContext, 'epoch' | 'step' | 'interval' | 'stepsPerEpoch'>,
    cause: unknown,
  ) {
    const message = cause instanceof Error ? cause.message : String(cause);
    const where = `${policy}, ${decisionName(place)}: `;
    super(message.startsWith(where) ? message : `${where}${message}`, { cause });
    this.policy = policy;
    this.epoch = place.epoch;
    this.step = place.step;
  }
}
