import { byteDots } from '../module/compiledModules.ts';

/**
 * The instruction that products of integer codes are made of:
 * - `wide-bytes`: 16 bytes at a time, summed in 32 bits;
 * - `narrow-bytes`: 16 bytes at a time, summed in 16 bits first, for codes of few bits in
 *   products with weights; `int16` for all other products;
 * - `int16`: 8 integers of 16 bits at a time.
 */
export type IntegerDots = 'wide-bytes' | 'narrow-bytes' | 'int16';

let chosen: IntegerDots | undefined;

/**
 * The fastest of them that is exact here: it was tried, all pairs of bytes, before its first use.
 * Results are the same whatever it is. Node 24 has the first where the processor has an instruction
 * for it, Node 22 the second, Node 20 the third.
 */
export function integerDots(): IntegerDots {
  return chosen ?? fastestDots();
}

/**
 * Has products of integers formed by other dots from now on, to compare them; undefined: by the
 * fastest.
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

/** What wide byte dots need to have added to their second operand; null where others are in use. */
export function wideDotOffset(): number | null {
  return integerDots() === 'wide-bytes' ? byteDots()!.wideOffset : null;
}

/** How a product is formed in byte dots: see `startRows` in assembly/. */
export interface ByteProduct {
  /** Narrow dots that are summed in 16 bits before they are widened; 0: wide dots. */
  readonly steps: number;
  /** Added to each code of the second operand. */
  readonly offset: number;
}

/** Of INT8 times INT4. With fewer, widening would take more time than the dots save. */
const fewestSteps = 9;

/** Shorter sums take longer in narrow dots, as measured: a row's packing is most of its work. */
const shortestSum = 24;

/**
 * How sums of `length` products are formed in byte dots; null: in 16-bit ones. Of the narrow ones a
 * dot adds two products, and the second operand, moved to 0 … 2·second, has to fit seven bits: INT4
 * does, LUQ-FP4 (64) does not.
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
