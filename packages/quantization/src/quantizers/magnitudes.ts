const { abs } = Math;

/**
 * The largest magnitude that a quantizer's codes must cover, for the `count` values at `start`,
 * `start + stride` …; not finite if one of them is not.
 */
export type RangeRule = (
  values: Float32Array,
  start: number,
  stride: number,
  count: number,
) => number;

/** max|x|; NaN if there is a NaN. */
export const maximumMagnitude: RangeRule = (values, start, stride, count) => {
  let maximum = 0;
  for (let i = 0, at = start; i < count; i++, at += stride) {
    const magnitude = abs(values[at]!);
    if (!(magnitude <= maximum)) {
      if (Number.isNaN(magnitude)) return NaN;
      maximum = magnitude;
    }
  }
  return maximum;
};
