import type { NumericArray } from './formats/npy.ts';

/**
 * Writes `length` values as a network takes them: unsigned bytes as value/255, other numbers as they
 * are, rounded to float32.
 */
export function writeInputs(
  values: NumericArray,
  valueOffset: number,
  inputs: Float32Array,
  inputOffset: number,
  length: number,
): void {
  if (values instanceof Uint8Array) {
    for (let i = 0; i < length; i++) inputs[inputOffset + i] = values[valueOffset + i]! / 255;
  } else {
    inputs.set(values.subarray(valueOffset, valueOffset + length), inputOffset);
  }
}
