import { certainProbabilities } from './inclusionProbabilities.ts';
import type { SchedulePolicy } from './policy.ts';

/**
 * Every layer in float32, in every epoch: the baseline. Budget, `format` and `otherFormat` are
 * ignored; for a run that is all in `otherFormat`, give another policy the budget
 * `{ quantizedLayers: 0 }`.
 */
export function fullPrecision(): SchedulePolicy {
  return {
    name: 'full',
    select: () => new Map(),
    probabilities: (context) => certainProbabilities([], context),
  };
}
