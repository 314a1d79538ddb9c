import type { ScheduleContext } from './policy.ts';
import { nextUniform } from './nextUniform.ts';

/**
 * Names of the layers in a uniformly random order; the first k are therefore a uniformly random
 * subset of k layers.
 */
export function uniformOrder({
  layers,
  random,
}: Pick<ScheduleContext, 'layers' | 'random'>): readonly string[] {
  const order = layers.map((layer) => layer.name);
  // Fisher-Yates from the front: the first k places use only the first k random numbers.
  for (let place = 0; place < order.length - 1; place++) {
    const other = place + Math.floor(nextUniform(random) * (order.length - place));
    [order[place], order[other]] = [order[other]!, order[place]!];
  }
  return order;
}
