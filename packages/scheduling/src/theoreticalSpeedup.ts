import { totalMultiplyAccumulates } from './multiplyAccumulates.ts';
import { held, type ScheduleRecord } from './quantizedFraction.ts';

/**
 * Assumed speed-ups of the formats' multiply-accumulates over float32: 4 for four bits, as in the
 * paper; 2 for eight bits and for six, which current hardware runs alike; 1 for sixteen bits, for
 * which no claim is made.
 */
export const defaultFormatSpeedups: ReadonlyMap<string, number> = new Map([
  ['float32', 1],
  ...named(1, 'bf16', 'fp16'),
  ...named(2, 'int8', 'fp8-e4m3', 'fp8-e5m2', 'mxfp8-e4m3', 'mxfp8-e5m2', 'mxint8'),
  ...named(2, 'fp6-e2m3', 'fp6-e3m2', 'mxfp6-e2m3', 'mxfp6-e3m2'),
  ...named(4, 'luq-fp4', 'int4-luq', 'uint4-luq', 'int4', 'fp4-e2m1', 'mxfp4', 'nvfp4'),
]);

function named(speedup: number, ...formats: string[]): [string, number][] {
  return formats.map((format) => [format, speedup]);
}

export interface TheoreticalSpeedupOptions extends ScheduleRecord {
  /**
   * T_overhead / T_train: share of the float32 run's time that no format makes faster. Default 0.
   */
  readonly overheadShare?: number;
  /**
   * T_analysis / T_train: time of the loss impact analyses relative to the float32 run. Default 0.
   */
  readonly analysisShare?: number;
  /** Speed-ups by format name; replaces `defaultFormatSpeedups`. */
  readonly formatSpeedups?: ReadonlyMap<string, number> | undefined;
}

/**
 * The paper's model of the time that low precision could save on hardware that supports it,
 *
 *     T = T_analysis + (1 − p + p/4)·(T_train − T_overhead) + T_overhead,
 *
 * as the ratio T_train / T, where p is the share of multiply-accumulates in four bits, averaged
 * over the steps. For other formats, 1 − p + p/4 becomes the sum of each format's share divided by
 * its speed-up. This is calculated, not measured: the paper's range of 1.75 to 2.21 comes from
 * measured overheads; without overhead, p = 0.9 gives 1/0.325 = 3.08.
 *
 * Each layer counts with the format it ran in, including `otherFormat`. Without steps the result is
 * 1 / (1 + analysisShare).
 *
 * @throws RangeError for a share out of range, negative work, a format without a speed-up, and
 *   unless `heldSteps` has one whole number per assignment
 */
export function theoreticalSpeedup({
  layers,
  assignments,
  heldSteps,
  overheadShare = 0,
  analysisShare = 0,
  formatSpeedups = defaultFormatSpeedups,
}: TheoreticalSpeedupOptions): number {
  if (!(overheadShare >= 0 && overheadShare <= 1)) {
    throw new RangeError(
      `overheadShare: expected a share of the training time from 0 to 1, got ${String(overheadShare)}`,
    );
  }
  if (!(analysisShare >= 0 && analysisShare < Infinity)) {
    throw new RangeError(
      `analysisShare: expected a number of at least 0, got ${String(analysisShare)}`,
    );
  }
  const cost = relativeCost({ layers, assignments, heldSteps }, formatSpeedups);
  return 1 / (analysisShare + cost * (1 - overheadShare) + overheadShare);
}

/** Time of the multiply-accumulates relative to float32, averaged over the steps. */
function relativeCost(record: ScheduleRecord, formatSpeedups: ReadonlyMap<string, number>): number {
  const { layers } = record;
  const total = totalMultiplyAccumulates(layers);
  let work = 0;
  let cost = 0;
  for (const { assignment, steps } of held(record)) {
    work += steps * total;
    for (const { name, multiplyAccumulates } of layers) {
      const speedup = speedupOf(assignment.get(name) ?? 'float32', formatSpeedups);
      cost += (steps * multiplyAccumulates) / speedup;
    }
  }
  return work === 0 ? 1 : cost / work;
}

/**
 * Speed-up of a format's multiply-accumulates.
 *
 * @throws RangeError if it is unknown or not above 0
 */
export function speedupOf(format: string, formatSpeedups: ReadonlyMap<string, number>): number {
  const speedup = formatSpeedups.get(format) ?? (format === 'float32' ? 1 : undefined);
  if (speedup === undefined) {
    throw new RangeError(
      `no speed-up is known for the format '${format}'; add it to formatSpeedups, ` +
        'for example new Map([...defaultFormatSpeedups, [format, 4]])',
    );
  }
  if (!(speedup > 0 && speedup < Infinity)) {
    throw new RangeError(
      `formatSpeedups: expected a number above 0 for '${format}', got ${String(speedup)}`,
    );
  }
  return speedup;
}
