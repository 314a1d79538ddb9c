import { byteDots } from '../module/compiledModules.ts';

/**
 * The instruction that computes products of integer codes:
 * - `wide-bytes`: 16 bytes at a time, summed in 32 bits;
 * - `narrow-bytes`: 16 bytes at a time, summed in 16 bits first, for codes of few bits in
 *   products with weights; `int16` for all other products;
 * - `int16`: 8 integers of 16 bits at a time.
 */
export type IntegerDots = 'wide-bytes' | 'narrow-bytes' | 'int16';

let chosen: IntegerDots | undefined;

/**
 * The fastest instruction that is exact on this processor. Before its first use it is tested with
 * all pairs of bytes. Results do not depend on the choice. Node 24 uses the first if the processor
 * has an instruction for it, Node 22 the second, Node 20 the third.
 */
export function integerDots(): IntegerDots {
  return chosen ?? fastestDots();
}

/**
 * Makes products of integers use other dots from now on, to compare them; undefined: the fastest.
 *
 * @throws RangeError where they are not exact on this runtime and processor
 */
export function useIntegerDots(dots: IntegerDots | undefined): void {
  const { areNarrowExact = false, wideOffset = null } = byteDots() ?? {};
  if (
    (dots === 'wide-bytes' && wideOffset === null) ||
    (dots === 'narrow-bytes' && !areNarrowExact)
  ) {
    throw new RangeError(
      `integer dots: ${dots} are not exact on this runtime and processor; leave them to integerDots()`,
    );
  }
  chosen = dots;
}

function fastestDots(): IntegerDots {
  const dots = byteDots();
  if (!dots) return 'int16';
  return dots.wideOffset === null ? 'narrow-bytes' : 'wide-bytes';
}

/**
 * The offset that wide byte dots need in their second operand; null where other dots are in use.
 */
export function wideDotOffset(): number | null {
  return integerDots() === 'wide-bytes' ? byteDots()!.wideOffset : null;
}

/** How a product is computed with byte dots: see `startRows` in `wasm/integers`. */
export interface ByteProduct {
  /** Number of narrow dots summed in 16 bits before they are widened; 0: wide dots. */
  readonly steps: number;
  /** Added to each code of the second operand. */
  readonly offset: number;
}

/** For INT8 times INT4. With fewer, widening would take more time than the dots save. */
const fewestSteps = 9;

/**
 * Shorter sums are slower with narrow dots (measured): most of the time is spent on packing a row.
 */
const shortestSum = 24;

/**
 * How sums of `length` products are computed with byte dots; null: with 16-bit dots. A narrow dot
 * adds two products, and its second operand, shifted to 0 … 2·second, must fit into seven bits:
 * INT4 does, LUQ-FP4 (64) does not.
 *
 * @param largest magnitudes of the codes of both operands, if known
 */
export function byteProductOf(
  largest: readonly [first: number, second: number] | undefined,
  length: number,
): ByteProduct | null {
  const wideOffset = wideDotOffset();
  if (wideOffset !== null) return { steps: 0, offset: wideOffset };
  if (integerDots() === 'int16' || !largest || length < shortestSum) return null;
  const [first, second] = largest;
  if (first > 127 || second > 63) return null;
  const steps = Math.floor((2 ** 15 - 1) / (2 * Math.max(1, first) * 2 * Math.max(1, second)));
  return steps < fewestSteps ? null : { steps, offset: second };
}
