import type { ExampleKeys } from '@dpquant/random';
import { isBlockFormat, type BlockFormat } from '../formats/blockFormat.ts';
import { fp8E4M3 } from '../formats/builtInFormats.ts';
import { e8m0 } from '../formats/e8m0.ts';
import type { NumberFormat, RoundingMode } from '../formats/numberFormat.ts';
import { blocksInRow } from '../operand.ts';
import { quantizeBlocks } from '../quantizers/blocks.ts';
import type { RandomStream } from '../quantizers/quantizer.ts';
import { quantizeScaled } from '../quantizers/scaled.ts';
import { packBits, unpackBits } from './packBits.ts';

/** Values in as few bytes as their format needs, with their scales. Plain data. */
export interface PackedArray {
  readonly format: NumberFormat | BlockFormat;
  /** Size of each axis; the first counts examples, blocks divide the last. */
  readonly shape: readonly number[];
  /** Codes without gaps, see `packBits`. */
  readonly codes: Uint8Array;
  /** Number formats: one float32 per example. Block formats: one code per block. */
  readonly scales: Float32Array | Uint8Array;
  /** NVFP4: the factor of each example's values. Otherwise null. */
  readonly exampleScales: Float32Array | null;
}

export interface PackOptions {
  /** Default `nearest-even`. */
  readonly rounding?: RoundingMode;
  /** Source of the random bits, if rounding is stochastic. */
  readonly randomness?: RandomStream;
  readonly examples?: ExampleKeys;
}

/**
 * Quantizes values, with one scale per example or block, depending on the format, and packs the
 * codes. A value that is not finite makes its scale NaN, so that all values that share the scale
 * are NaN when unpacked.
 *
 * @param shape its first axis counts examples, the blocks of a block format divide its last
 */
export function packArray(
  values: Float32Array,
  shape: readonly number[],
  format: NumberFormat | BlockFormat,
  { rounding = 'nearest-even', randomness, examples }: PackOptions = {},
): PackedArray {
  const { count, exampleSize, rowLength } = sizes(values.length, shape);
  if (isBlockFormat(format)) {
    const blockShape = { examples: count, exampleSize, rowLength };
    const quantized = quantizeBlocks(
      values,
      blockShape,
      { format, rounding },
      randomness,
      examples,
    );
    const codes = Array.from(quantized.elements, (element) => format.element.encode(element));
    return {
      format,
      shape: [...shape],
      codes: packBits(codes, format.element.bits),
      scales: quantized.scaleCodes,
      exampleScales: quantized.exampleScales,
    };
  }
  const groups = { count, size: exampleSize, interleaved: false };
  const quantized = quantizeScaled(values, groups, { format, rounding }, randomness, examples);
  const unit = format.integerStep ?? 1;
  return {
    format,
    shape: [...shape],
    codes: packBits(
      Array.from(quantized.codes, (code) => format.encode(code * unit)),
      format.bits,
    ),
    scales: quantized.scales,
    exampleScales: null,
  };
}

/** The values of a packed array. */
export function unpackArray(packed: PackedArray): Float32Array {
  const { format, shape, scales, exampleScales } = packed;
  const length = shape.reduce((product, size) => product * size, 1);
  const { exampleSize, rowLength } = sizes(length, shape);
  if (!isBlockFormat(format)) {
    const unit = format.integerStep ?? 1;
    const codes = unpackBits(packed.codes, format.bits, length);
    return Float32Array.from(codes, (code, i) => {
      return (format.decode(code) / unit) * scales[Math.floor(i / exampleSize)]!;
    });
  }
  const scaleFormat = format.scale === 'e8m0' ? e8m0 : fp8E4M3;
  const rowBlocks = blocksInRow(rowLength, format.blockSize);
  const codes = unpackBits(packed.codes, format.element.bits, length);
  return Float32Array.from(codes, (code, i) => {
    const row = Math.floor(i / rowLength);
    const block = row * rowBlocks + Math.floor((i % rowLength) / format.blockSize);
    const scale = scaleFormat.decode(scales[block]!);
    const exampleScale = exampleScales?.[Math.floor(i / exampleSize)] ?? 1;
    const element = format.element.decode(code);
    // An example of zeros has the example scale 0.
    return element === 0 && exampleScale === 0 ? 0 : element * Math.fround(scale / exampleScale);
  });
}

/** Bytes per value of a packed array, scales included. */
export function bytesPerValue({ shape, codes, scales, exampleScales }: PackedArray): number {
  const length = shape.reduce((product, size) => product * size, 1);
  const bytes = codes.byteLength + scales.byteLength + (exampleScales?.byteLength ?? 0);
  return length === 0 ? 0 : bytes / length;
}

function sizes(length: number, shape: readonly number[]) {
  const expected = shape.reduce((product, size) => product * size, 1);
  if (shape.length === 0 || expected !== length) {
    throw new RangeError(
      `shape [${shape.join(', ')}]: expected at least one axis and ${length} values, got ${expected}`,
    );
  }
  const count = shape[0]!;
  const exampleSize = count === 0 ? 0 : length / count;
  const rowLength = shape.length === 1 ? exampleSize : shape.at(-1)!;
  return { count, exampleSize, rowLength };
}
