/** Upper bound of Σ x² that includes the worst-case rounding errors of the sum in float64. */
export function squaredNormBound(values: Float32Array): number {
  let sum = 0;
  // By index, because iterating over a typed array is over ten times slower.
  const { length } = values;
  for (let i = 0; i < length; i++) sum += values[i]! * values[i]!;
  return sum * (1 + length * 2 ** -52);
}
