import { hasExactByteDots } from '../simd/compiledModules.ts';

/** How a product is formed in relaxed 8-bit dots: see `multiplyByteTile` in assembly/. */
export interface ByteProduct {
  /** Dots that are summed in 16 bits before they are widened. */
  readonly steps: number;
  /** Added to each code of the second operand, so that none is negative. */
  readonly offset: number;
}

/** Of INT8 times INT4. With fewer, widening would take more time than the dots save. */
const fewestSteps = 9;

/** Shorter sums take longer in 8-bit dots, as measured: a row's packing is most of its work. */
const shortestSum = 24;

/**
 * How sums of `length` products of codes of these largest magnitudes are formed in 8-bit dots, or null where 16-bit
 * dots are to do it. The second operand, moved to 0 … 2·second, has to fit seven bits: INT4 does, LUQ-FP4 (64) does
 * not. A dot adds two products.
 */
export function byteProductOf(
  largest: readonly [first: number, second: number] | undefined,
  length: number,
): ByteProduct | null {
  if (!largest || length < shortestSum || !hasExactByteDots()) return null;
  const [first, second] = largest;
  if (first > 127 || second > 63) return null;
  const steps = Math.floor((2 ** 15 - 1) / (2 * Math.max(1, first) * 2 * Math.max(1, second)));
  return steps < fewestSteps ? null : { steps, offset: second };
}
