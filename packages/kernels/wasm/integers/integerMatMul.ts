import { endRow, finishRows, integerRowsScratch, nextRow, startRows } from './integerRows';
import { narrow } from './narrow';

/** Bytes of scratch that `integerMatMul` needs. */
export function integerMatMulScratch(k: usize): usize {
  return integerRowsScratch<i16>(k);
}

/**
 * Rows of C = A·B, whole numbers in float32: exact sums, rounded to float32 and multiplied by a
 * scale.
 *
 * @param a the first of `count` rows of k values
 * @param packed B [k, n] from `packIntegerColumns`
 * @param scales one per row
 * @param c the first row of n values
 */
export function integerMatMul(
  a: usize,
  count: usize,
  k: usize,
  packed: usize,
  n: usize,
  scales: usize,
  c: usize,
  scratch: usize,
): void {
  startRows<i16>(k, packed, n, 0, 0, scratch);
  multiplyMatrix<i16>(a, count, k, n, scales, c);
}

/** The same after `startRows`, for any type that integers are narrowed to. */
export function multiplyMatrix<T>(
  a: usize,
  count: usize,
  k: usize,
  n: usize,
  scales: usize,
  c: usize,
): void {
  for (let row: usize = 0; row < count; row++) {
    narrow<T>(a + row * k * 4, k, nextRow());
    endRow<T>(c + row * n * 4, load<f32>(scales + row * 4));
  }
  finishRows<T>();
}
