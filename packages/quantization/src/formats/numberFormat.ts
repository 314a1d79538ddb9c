/** How a value between two neighbours of a format is rounded. */
export type RoundingMode = 'nearest-even' | 'nearest-away' | 'toward-zero' | 'stochastic';

export const roundingModes: readonly RoundingMode[] = [
  'nearest-even',
  'nearest-away',
  'toward-zero',
  'stochastic',
];

export interface CastOptions {
  /** Default `nearest-even`. */
  readonly rounding?: RoundingMode;
  /** 32 random bits; required for stochastic rounding. */
  readonly word?: number;
  /**
   * Whether values beyond the largest one, including infinity, become the largest value. Otherwise
   * they become infinity, or NaN in a format without infinity. Default true.
   */
  readonly saturate?: boolean;
}

/**
 * A finite set of numbers and their codes. A custom format is an object of this type; `floatFormat`
 * and `integerFormat` create one from a few parameters.
 */
export interface NumberFormat {
  readonly name: string;
  /** One line for lists of formats. */
  readonly description?: string;
  /** Bits of a code. */
  readonly bits: number;
  /** Largest finite value. */
  readonly max: number;
  /** Whether tensors are cast as they are, without a scale. Default false. */
  readonly unscaled?: boolean;
  /**
   * A power of two of which every value is a multiple, by at most ±127; products can then be
   * computed in integers. Left out if there is none.
   */
  readonly integerStep?: number;
  /**
   * The code of a number, an unsigned integer below 2^bits.
   *
   * @throws RangeError for NaN, or for an overflow that does not saturate, in a format that has no
   *   code for it
   */
  encode(x: number, options?: CastOptions): number;
  /**
   * The value of a code.
   *
   * @throws RangeError for a code that the format does not use
   */
  decode(code: number): number;
  /**
   * Faster form of `decode(encode(x))`, saturating, for quantizers: the rounded value of x ≥ 0.
   * Optional.
   *
   * @param word 32 random bits, used by stochastic rounding
   */
  readonly roundMagnitude?: (x: number, rounding: RoundingMode, word: number) => number;
}

/** A format's `roundMagnitude`, or the same computed through its codes. */
export function magnitudeRounding(
  format: NumberFormat,
): (x: number, rounding: RoundingMode, word: number) => number {
  return (
    format.roundMagnitude ??
    ((x, rounding, word) => format.decode(format.encode(x, { rounding, word })))
  );
}

/** A code and its number. */
export interface FormatValue {
  readonly code: number;
  readonly value: number;
}

/** All codes that a format uses, in ascending order, with their values. */
export function formatValues(format: NumberFormat): FormatValue[] {
  const values: FormatValue[] = [];
  for (let code = 0; code < 2 ** format.bits; code++) {
    const value = valueOrNothing(format, code);
    if (value !== undefined) values.push({ code, value });
  }
  return values;
}

/** Smallest positive number of a format: the lowest of its codes that is not zero. */
export function smallestPositive(format: NumberFormat): number {
  let smallest = Infinity;
  for (const { value } of formatValues(format)) {
    if (value > 0 && value < smallest) smallest = value;
  }
  return smallest;
}

function valueOrNothing(format: NumberFormat, code: number): number | undefined {
  try {
    return format.decode(code);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** A code in hexadecimal, with as many digits as the format's codes need. */
export function codeToHex(format: { readonly bits: number }, code: number): string {
  return code
    .toString(16)
    .toUpperCase()
    .padStart(Math.ceil(format.bits / 4), '0');
}

/** The error for a code that a format does not have. */
export function noSuchCode(format: NumberFormat, code: number, reason: string): RangeError {
  return new RangeError(`${format.name}: code ${code} ${reason}`);
}

/** @throws RangeError unless `code` is an unsigned integer of the format's width */
export function requireCode(format: NumberFormat, code: number): void {
  if (!(Number.isInteger(code) && code >= 0 && code < 2 ** format.bits)) {
    throw noSuchCode(format, code, `: expected a whole number from 0 to ${2 ** format.bits - 1}`);
  }
}
