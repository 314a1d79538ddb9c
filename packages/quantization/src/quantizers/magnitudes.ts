const { abs } = Math;

/**
 * The largest magnitude that a quantizer's codes are to reach, from the values at `start`,
 * `start + stride` …, `count` of them: not finite if one of them is not.
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

/**
 * SAWB for 4-bit integers (Choi et al. 2019, with the coefficients of the LUQ paper,
 * arXiv 2112.10769): 12.1·√E[x²] − 12.2·E|x|, or max|x| where that is not above 0 or is above max|x|,
 * as for sparse data and for values of one magnitude. Moments are summed in float64, in order.
 */
export const sawbRange: RangeRule = (values, start, stride, count) => {
  let sum = 0;
  let squares = 0;
  for (let i = 0, at = start; i < count; i++, at += stride) {
    const magnitude = abs(values[at]!);
    sum += magnitude;
    squares += magnitude * magnitude;
  }
  const maximum = maximumMagnitude(values, start, stride, count);
  const clip = 12.1 * Math.sqrt(squares / count) - 12.2 * (sum / count);
  return clip > 0 && clip <= maximum ? clip : maximum;
};
