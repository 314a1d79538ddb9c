/**
 * Adding and subtracting 1.5·2⁵² rounds a float64 of magnitude below 2⁵¹ to a whole number, with
 * ties to even.
 */
const wholeNumbersOnly = 1.5 * 2 ** 52;

/**
 * sum += rint(fl(factor·values)), element by element: fl rounds to float32, rint rounds to a whole
 * number with ties to even. A factor of 0 adds nothing, whatever the values are.
 *
 * @param start index in `sum` of the first value
 */
export function addRounded(sum: Int32Array, values: Float32Array, factor: number, start = 0): void {
  if (factor === 0) return;
  const { length } = values;
  for (let i = 0; i < length; i++) {
    const scaled = Math.fround(factor * values[i]!);
    sum[start + i]! += scaled + wholeNumbersOnly - wholeNumbersOnly;
  }
}
