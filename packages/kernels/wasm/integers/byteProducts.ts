import { convolutionScratch, multiplyWindows } from './integerConv2d';
import { multiplyMatrix } from './integerMatMul';
import { integerRowsScratch, startRows } from './integerRows';
import { useWindows, windowSize } from '../products/windows';

/** Bytes of scratch that `byteMatMul` needs. */
export function byteMatMulScratch(k: usize): usize {
  return integerRowsScratch<i8>(k);
}

/**
 * `integerMatMul` in relaxed dots of bytes.
 *
 * @param packed B [k, n] from `packByteColumns`
 * @param steps words that may be summed in 16 bits, see `multiplyByteTile`; 0: sums of 32 bits
 * @param offset what `packByteColumns` added
 */
export function byteMatMul(
  a: usize,
  count: usize,
  k: usize,
  packed: usize,
  n: usize,
  scales: usize,
  c: usize,
  steps: usize,
  offset: i32,
  scratch: usize,
): void {
  startRows<i8>(k, packed, n, steps, offset, scratch);
  multiplyMatrix<i8>(a, count, k, n, scales, c);
}

/** Bytes of scratch that `byteConv2d` needs. */
export function byteConv2dScratch(windows: usize): usize {
  useWindows(windows);
  return convolutionScratch<i8>();
}

/**
 * `integerConv2d` in relaxed dots of bytes; `packed`, `steps` and `offset` are those of
 * `byteMatMul`.
 */
export function byteConv2d(
  windows: usize,
  places: usize,
  images: usize,
  examples: usize,
  packed: usize,
  n: usize,
  scales: usize,
  target: usize,
  steps: usize,
  offset: i32,
  scratch: usize,
): void {
  useWindows(windows);
  startRows<i8>(windowSize(), packed, n, steps, offset, scratch);
  multiplyWindows<i8>(places, images, examples, n, scales, target, scratch);
}
