import type { ScheduleContext } from '../policy.ts';

/** Layers a, b, c …, with 1, 2, 3 … multiply-accumulates. */
export function layersOf(count: number) {
  return Array.from({ length: count }, (_, i) => ({
    name: String.fromCharCode(97 + i),
    parameters: 10 * (i + 1),
    multiplyAccumulates: i + 1,
  }));
}

/** A context of `count` layers with a reproducible random source. */
export function contextOf(
  count: number,
  quantizedFraction: number,
  changes: Partial<ScheduleContext> = {},
): ScheduleContext {
  return {
    epoch: 0,
    layers: layersOf(count),
    budget: { quantizedFraction },
    format: 'luq-fp4',
    random: mulberry32(1),
    ...changes,
  };
}

/** T. Ettinger's mulberry32, uniform in [0, 1): good enough for tests, without dependencies. */
export function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
