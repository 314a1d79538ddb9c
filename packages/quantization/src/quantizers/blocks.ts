import * as tf from '@tensorflow/tfjs-core';
import type { ExampleKeys } from '@dpquant/random';
import { exponentOf } from '../formats/binaryExponent.ts';
import type { BlockFormat } from '../formats/blockFormat.ts';
import { fp8E4M3 } from '../formats/builtInFormats.ts';
import { e8m0 } from '../formats/e8m0.ts';
import { magnitudeRounding, type RoundingMode } from '../formats/numberFormat.ts';
import { blocksInRow } from '../operand.ts';
import { maximumMagnitude } from './magnitudes.ts';
import type { Quantizer, RandomStream } from './quantizer.ts';
import { requireKeys, stochasticWords } from './scaled.ts';
import { valuesSynchronously } from './valuesSynchronously.ts';

const { abs, fround, max, min } = Math;

/**
 * An example in a two-level format with a smaller maximum becomes zero: its scales would be
 * subnormal.
 */
const smallestTwoLevelMaximum = 2 ** -105;

export interface BlockCast {
  readonly format: BlockFormat;
  /** Rounding of the elements. */
  readonly rounding: RoundingMode;
  /**
   * The power of two that scales an MX block. `floor`, as in the standard: 2^⌊log₂ max|x|⌋ divided
   * by the largest power of two of the element format; the largest values may saturate. `up`: the
   * smallest power without saturation, as unbiased rounding needs. Default `floor`.
   */
  readonly scaleRounding?: 'floor' | 'up';
}

/**
 * Sizes of an array of blocks: examples with rows of `rowLength` values, each divided into blocks.
 */
export interface BlockShape {
  readonly examples: number;
  /** Number of values per example. */
  readonly exampleSize: number;
  readonly rowLength: number;
}

export interface BlockCodes {
  /** Element values, divided by their block's scale. */
  readonly elements: Float32Array;
  /** Code of each block's scale: e8m0 or fp8-e4m3. */
  readonly scaleCodes: Uint8Array;
  /** The factor for a block's elements. */
  readonly scales: Float32Array;
  /** With `e4m3` scales: the factor that an example's values were multiplied by first. */
  readonly exampleScales: Float32Array | null;
}

/**
 * The plain reference of block formats. A block lies within a row, and so within an example.
 *
 * Order of roundings, MX (`e8m0`): `X = 2^e` from the block's maximum (see `scaleRounding`; e at
 * most 127), an element is x/X, exact, cast to the element format, saturating.
 *
 * Order of roundings, NVFP4 (`e4m3`), with E the largest element and A the largest |x| of the
 * example (of the tensor, if it counts as one): `S = float32(448·E / A)`; the block's scale s is
 * `float32(float32(S·float32(1/E))·max|x|)` cast to E4M3, saturating; an element is
 * `float32(x·float32(S / s))` cast to the element format, saturating; its value is
 * element·float32(s / S).
 *
 * A block (MX) or an example (NVFP4) with NaN or an infinity gets NaN scales and zero elements. A
 * block of zeros, or one whose scale would be below 2⁻¹²⁶, becomes zero, with the lowest scale
 * code.
 */
export function quantizeBlocks(
  values: Float32Array,
  shape: BlockShape,
  cast: BlockCast,
  randomness?: RandomStream,
  examples?: ExampleKeys,
): BlockCodes {
  const { format, rounding } = cast;
  const words = stochasticWords(format.name, rounding, randomness);
  const roundMagnitude = magnitudeRounding(format.element);
  const { rowLength, exampleSize } = shape;
  const rowBlocks = blocksInRow(rowLength, format.blockSize);
  const rows = rowLength === 0 ? 0 : values.length / rowLength;
  const elements = new Float32Array(values.length);
  const scaleCodes = new Uint8Array(rows * rowBlocks);
  const scales = new Float32Array(rows * rowBlocks);
  const exampleScales = format.scale === 'e4m3' ? new Float32Array(shape.examples) : null;
  let block = 0;
  for (let example = 0; example < shape.examples; example++) {
    const firstElement = example * exampleSize;
    const end = firstElement + exampleSize;
    words?.startExample(examples, example);
    let blockScale = (maximum: number) => powerOfTwoScale(maximum, cast);
    if (exampleScales) {
      const maximum = maximumMagnitude(values, firstElement, 1, exampleSize);
      const scale = twoLevelScale(maximum, format);
      exampleScales[example] = scale;
      blockScale = (blockMaximum) => e4m3Scale(blockMaximum, scale, format);
    }
    for (let row = firstElement; row < end; row += rowLength) {
      for (let start = row; start < row + rowLength; start += format.blockSize, block++) {
        const size = min(format.blockSize, row + rowLength - start);
        const { code, scale, inverse } = blockScale(maximumMagnitude(values, start, 1, size));
        scaleCodes[block] = code;
        scales[block] = scale;
        if (!(scale > 0)) continue;
        for (let i = start; i < start + size; i++) {
          const x = values[i]!;
          if (x === 0) continue;
          const word = words === null ? 0 : words.at(i - firstElement);
          const element = roundMagnitude(fround(abs(x) * inverse), rounding, word);
          elements[i] = x < 0 ? 0 - element : element;
        }
      }
    }
  }
  return { elements, scaleCodes, scales, exampleScales };
}

interface BlockScale {
  readonly code: number;
  /** Value of an element with code value 1; 0 if the block is zero. */
  readonly scale: number;
  /** float32 reciprocal of `scale`. */
  readonly inverse: number;
}

function powerOfTwoScale(
  maximum: number,
  { format, scaleRounding = 'floor' }: BlockCast,
): BlockScale {
  if (!Number.isFinite(maximum)) return { code: e8m0.encode(NaN), scale: NaN, inverse: NaN };
  const largest = format.element.max;
  let exponent = exponentOf(maximum) - exponentOf(largest);
  if (scaleRounding === 'up' && largest * 2 ** exponent < maximum) exponent++;
  const scale = 2 ** min(127, exponent);
  if (!(scale >= 2 ** -126)) return { code: 0, scale: 0, inverse: 0 };
  return { code: e8m0.encode(scale), scale, inverse: 1 / scale };
}

/**
 * The factor of an example in NVFP4, which gives its largest block the largest scale; 0 if all
 * values become zero.
 */
function twoLevelScale(maximum: number, format: BlockFormat): number {
  if (!Number.isFinite(maximum)) return NaN;
  if (maximum < smallestTwoLevelMaximum) return 0;
  return fround((fp8E4M3.max * format.element.max) / maximum);
}

function e4m3Scale(blockMaximum: number, exampleScale: number, format: BlockFormat): BlockScale {
  if (Number.isNaN(exampleScale)) return { code: fp8E4M3.encode(NaN), scale: NaN, inverse: NaN };
  const wanted = fround(fround(exampleScale * fround(1 / format.element.max)) * blockMaximum);
  const code = fp8E4M3.encode(wanted);
  const decoded = fp8E4M3.decode(code);
  if (decoded === 0) return { code, scale: 0, inverse: 0 };
  return {
    code,
    scale: fround(decoded / exampleScale),
    inverse: fround(exampleScale / decoded),
  };
}

/** A quantizer of tensors to a block format. */
export function blockQuantizer(cast: BlockCast): Quantizer {
  const { name, blockSize } = cast.format;
  return {
    format: name,
    granularity: 'block',
    quantize(x, randomness, examples) {
      const count = examples ? (x.shape[0] ?? 0) : 1;
      if (examples) requireKeys(name, count, examples);
      const shape = {
        examples: count,
        exampleSize: count === 0 ? 0 : x.size / count,
        // A one-dimensional tensor of examples has a single value per row.
        rowLength: examples && x.rank === 1 ? 1 : max(1, x.shape.at(-1) ?? 1),
      };
      const values = valuesSynchronously(x, name);
      const { elements, scales } = quantizeBlocks(values, shape, cast, randomness, examples);
      return {
        codes: tf.tensor(elements, x.shape, 'float32'),
        scales,
        scaleLayout: { blockSize },
      };
    },
  };
}
