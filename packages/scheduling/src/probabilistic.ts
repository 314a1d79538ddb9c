import { drawLayers } from './drawLayers.ts';
import type { SchedulePolicy } from './policy.ts';

/**
 * Probabilistic layer sampling (PLS): a new uniform draw of k layers in every epoch, so that no
 * layer carries the quantization variance all the time. Stateless: a draw depends on
 * `context.random` alone.
 */
export function probabilistic(): SchedulePolicy {
  return {
    name: 'probabilistic',
    select: (context) => new Map(drawLayers(context).map((name) => [name, context.format])),
  };
}
