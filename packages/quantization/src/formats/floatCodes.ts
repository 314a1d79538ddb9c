import { isFloatFormat } from './floatFormat.ts';
import type { NumberFormat } from './numberFormat.ts';

/** The codes of a floating-point format: its values over their unit (`integerStep`, or 1). */
export interface FloatCodes {
  readonly mantissaBits: number;
  /** Exponent of the smallest normal code; smaller codes are subnormal. */
  readonly smallestExponent: number;
  readonly largest: number;
}

/** The codes of a format made by `floatFormat`; null for any other. */
export function floatCodes(format: NumberFormat): FloatCodes | null {
  if (!isFloatFormat(format)) return null;
  const { mantissaBits, bias, max, integerStep = 1 } = format;
  return {
    mantissaBits,
    smallestExponent: 1 - bias - Math.log2(integerStep),
    largest: max / integerStep,
  };
}

/** Whether all codes are binary16 numbers (IEEE 754) and some are not whole numbers. */
export function areFloat16(format: NumberFormat): boolean {
  const codes = floatCodes(format);
  if (codes === null || format.integerStep !== undefined) return false;
  const { mantissaBits, smallestExponent, largest } = codes;
  return mantissaBits <= 10 && smallestExponent - mantissaBits >= -24 && largest <= 65504;
}
