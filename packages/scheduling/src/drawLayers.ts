import { quantizedLayerCount } from './budget.ts';
import type { ScheduleContext } from './policy.ts';

/**
 * Names of the layers that a uniform draw without replacement puts in low precision: every subset
 * of `quantizedLayerCount` layers is equally likely. In the order of `context.layers`.
 */
export function drawLayers(context: ScheduleContext): readonly string[] {
  const names = context.layers.map((layer) => layer.name);
  const count = quantizedLayerCount(context.budget, names.length);
  const order = names.map((_, index) => index);
  // Partial Fisher-Yates: only the first `count` places have to be shuffled.
  for (let place = 0; place < count; place++) {
    const other = place + Math.floor(nextUniform(context.random) * (names.length - place));
    [order[place], order[other]] = [order[other]!, order[place]!];
  }
  const drawn = new Set(order.slice(0, count));
  return names.filter((_, index) => drawn.has(index));
}

function nextUniform(random: () => number): number {
  const value = random();
  if (!(value >= 0 && value < 1)) {
    throw new RangeError(
      `context.random: expected a number in [0, 1), got ${String(value)}; pass a function like Math.random`,
    );
  }
  return value;
}
