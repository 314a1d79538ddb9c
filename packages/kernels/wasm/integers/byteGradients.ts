import { packGradientPanels } from './integerGradient';
import {
  conv2dNorm,
  conv2dNormScratch,
  matMulNorm,
  matMulNormScratch,
} from './integerGradientNorm';
import { narrowImage, narrowedImageBytes } from './integerImage';
import { gradientBytes, weightGradient, weightGradientScratch } from './weightGradient';
import { useWindows } from '../products/windows';

/** The kernels of `integerGradients`, in relaxed dots of bytes with sums of 32 bits. */

/** See `gradientBytes`. */
export function packedByteGradientBytes(rows: usize, width: usize, d: usize): usize {
  return gradientBytes<i8>(rows, width, d);
}

/** See `packGradientPanels`. */
export function packByteGradients(
  b: usize,
  rows: usize,
  width: usize,
  d: usize,
  packed: usize,
  offset: i32,
  _scratch: usize,
): void {
  packGradientPanels<i8>(b, rows, width, d, offset, packed);
}

/** Bytes of an image from `narrowByteImage`. */
export function narrowedByteImageBytes(windows: usize): usize {
  useWindows(windows);
  return narrowedImageBytes<i8>();
}

/** See `narrowImage`. */
export function narrowByteImage(
  windows: usize,
  image: usize,
  target: usize,
  _scratch: usize,
): void {
  useWindows(windows);
  narrowImage<i8>(image, target);
}

/** Bytes of scratch that `byteWeightGradient` needs. */
export function byteWeightGradientScratch(rows: usize, width: usize): usize {
  return weightGradientScratch<i8>(rows, width);
}

/** See `weightGradient`. */
export function byteWeightGradient(
  windows: usize,
  a: usize,
  packed: usize,
  examples: usize,
  positions: usize,
  p: usize,
  d: usize,
  factors: usize,
  first: usize,
  count: usize,
  isRounded: bool,
  target: usize,
  offset: i32,
  scratch: usize,
): void {
  weightGradient<i8>(
    windows,
    a,
    packed,
    examples,
    positions,
    p,
    d,
    factors,
    first,
    count,
    isRounded,
    offset,
    target,
    scratch,
  );
}

/** Bytes of scratch that `byteMatMulGradientNorm` needs. */
export function byteMatMulGradientNormScratch(
  positions: usize,
  p: usize,
  d: usize,
  isGhost: bool,
): usize {
  return matMulNormScratch<i8>(positions, p, d, isGhost);
}

/** See `matMulNorm`. */
export function byteMatMulGradientNorm(
  a: usize,
  b: usize,
  positions: usize,
  p: usize,
  d: usize,
  isGhost: bool,
  target: usize,
  offset: i32,
  scratch: usize,
): void {
  matMulNorm<i8>(a, b, positions, p, d, isGhost, offset, target, scratch);
}

/** Bytes of scratch that `byteConv2dGradientNorm` needs. */
export function byteConv2dGradientNormScratch(windows: usize, d: usize, isGhost: bool): usize {
  return conv2dNormScratch<i8>(windows, d, isGhost);
}

/** See `conv2dNorm`. */
export function byteConv2dGradientNorm(
  windows: usize,
  image: usize,
  b: usize,
  d: usize,
  isGhost: bool,
  target: usize,
  offset: i32,
  scratch: usize,
): void {
  conv2dNorm<i8>(windows, image, b, d, isGhost, offset, target, scratch);
}
