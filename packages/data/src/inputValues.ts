import { DataError } from './formats/dataError.ts';
import type { NumericArray } from './formats/npy.ts';

/**
 * Writes `length` input values: unsigned bytes as value/255 unless `scaleBytes` is false, other
 * numbers unchanged, rounded to float32.
 */
export function writeInputs(
  values: NumericArray,
  valueOffset: number,
  inputs: Float32Array,
  inputOffset: number,
  length: number,
  scaleBytes = true,
): void {
  if (scaleBytes && values instanceof Uint8Array) {
    for (let i = 0; i < length; i++) inputs[inputOffset + i] = values[valueOffset + i]! / 255;
  } else {
    inputs.set(values.subarray(valueOffset, valueOffset + length), inputOffset);
  }
}

/** The smallest float64 that rounds to infinity in float32 (ties round to infinity here). */
const beyondFloat32 = 2 ** 128 - 2 ** 103;

/**
 * Refuses finite numbers that become infinite in float32: such an example would spend its share of
 * ε without any effect. Infinities and NaN must be checked elsewhere.
 *
 * @param rowAt row number of the i-th row given, for messages
 * @throws DataError that names the row and the place in it
 */
export function requireFloat32(
  values: NumericArray,
  rowLength: number,
  where: string,
  rowAt: (i: number) => number = (i) => i,
): void {
  if (!(values instanceof Float64Array)) return;
  for (let i = 0; i < values.length; i++) {
    const size = Math.abs(values[i]!);
    if (!(size >= beyondFloat32) || size === Infinity) continue;
    throw new DataError(
      `${where}, row ${rowAt(Math.floor(i / rowLength))}, value ${i % rowLength}: expected a number ` +
        'within float32, below 3.4e38; divide the inputs by a public number before they are saved',
    );
  }
}
