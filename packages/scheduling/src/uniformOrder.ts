import type { ScheduleContext } from './policy.ts';
import { nextUniform } from './uniformNumber.ts';

/**
 * Names of the layers in a random order, every order equally likely; hence the first k are every
 * subset of k layers equally often.
 */
export function uniformOrder({
  layers,
  random,
}: Pick<ScheduleContext, 'layers' | 'random'>): readonly string[] {
  const order = layers.map((layer) => layer.name);
  // Fisher-Yates from the front: the first k places need no more than the first k random numbers.
  for (let place = 0; place < order.length - 1; place++) {
    const other = place + Math.floor(nextUniform(random) * (order.length - place));
    [order[place], order[other]] = [order[other]!, order[place]!];
  }
  return order;
}
