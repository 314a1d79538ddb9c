import { fp4E2M1, fp6E2M3, fp6E3M2, fp8E4M3, fp8E5M2, mxInt8Element } from './builtInFormats.ts';
import type { NumberFormat } from './numberFormat.ts';

/**
 * How the scales of a block format are coded.
 * - `e8m0`: a power of two, eight bits of exponent (MX).
 * - `e4m3`: an FP8 E4M3 number, under one float32 scale of the whole tensor or example (NVFP4).
 */
export type BlockScaleEncoding = 'e8m0' | 'e4m3';

/**
 * A format in which consecutive values share a scale. A custom format is an object of this type.
 */
export interface BlockFormat {
  readonly name: string;
  readonly description?: string;
  readonly element: NumberFormat;
  /** Number of values that share a scale. */
  readonly blockSize: number;
  readonly scale: BlockScaleEncoding;
}

/** Bits per value, including its share of the block's scale. */
export function bitsPerValue(format: NumberFormat | BlockFormat): number {
  return isBlockFormat(format) ? format.element.bits + 8 / format.blockSize : format.bits;
}

export function isBlockFormat(format: NumberFormat | BlockFormat): format is BlockFormat {
  return 'blockSize' in format;
}

const microscaling = (name: string, element: NumberFormat): BlockFormat => ({
  name,
  description: `${element === mxInt8Element ? '8-bit fractions' : element.name} under a power of two (OCP MX)`,
  element,
  blockSize: 32,
  scale: 'e8m0',
});

/** The built-in block formats. */
export const builtInBlockFormats: readonly BlockFormat[] = [
  microscaling('mxfp8-e4m3', fp8E4M3),
  microscaling('mxfp8-e5m2', fp8E5M2),
  microscaling('mxfp6-e2m3', fp6E2M3),
  microscaling('mxfp6-e3m2', fp6E3M2),
  microscaling('mxfp4', fp4E2M1),
  microscaling('mxint8', mxInt8Element),
  {
    name: 'nvfp4',
    description: 'fp4-e2m1 under an FP8 scale under a float32 scale (NVIDIA)',
    element: fp4E2M1,
    blockSize: 16,
    scale: 'e4m3',
  },
];
