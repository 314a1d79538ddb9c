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

/**
 * Weight gradients and their norms in 16-bit dots; the functions that they call document what they
 * compute.
 */

/** See `gradientBytes`. */
export function packedGradientBytes(rows: usize, width: usize, d: usize): usize {
  return gradientBytes<i16>(rows, width, d);
}

/** See `packGradientPanels`. */
export function packIntegerGradients(
  b: usize,
  rows: usize,
  width: usize,
  d: usize,
  packed: usize,
  _scratch: usize,
): void {
  packGradientPanels<i16>(b, rows, width, d, 0, packed);
}

/** Bytes of an image from `narrowIntegerImage`. */
export function narrowedIntegerImageBytes(windows: usize): usize {
  useWindows(windows);
  return narrowedImageBytes<i16>();
}

/** See `narrowImage`. */
export function narrowIntegerImage(
  windows: usize,
  image: usize,
  target: usize,
  _scratch: usize,
): void {
  useWindows(windows);
  narrowImage<i16>(image, target);
}

/** Bytes of scratch that `integerWeightGradient` needs. */
export function integerWeightGradientScratch(rows: usize, width: usize): usize {
  return weightGradientScratch<i16>(rows, width);
}

/** See `weightGradient`. */
export function integerWeightGradient(
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
  scratch: usize,
): void {
  weightGradient<i16>(
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
    0,
    target,
    scratch,
  );
}

/** Bytes of scratch that `integerMatMulGradientNorm` needs. */
export function integerMatMulGradientNormScratch(
  positions: usize,
  p: usize,
  d: usize,
  isGhost: bool,
): usize {
  return matMulNormScratch<i16>(positions, p, d, isGhost);
}

/** See `matMulNorm`. */
export function integerMatMulGradientNorm(
  a: usize,
  b: usize,
  positions: usize,
  p: usize,
  d: usize,
  isGhost: bool,
  target: usize,
  scratch: usize,
): void {
  matMulNorm<i16>(a, b, positions, p, d, isGhost, 0, target, scratch);
}

/** Bytes of scratch that `integerConv2dGradientNorm` needs. */
export function integerConv2dGradientNormScratch(windows: usize, d: usize, isGhost: bool): usize {
  return conv2dNormScratch<i16>(windows, d, isGhost);
}

/** See `conv2dNorm`. */
export function integerConv2dGradientNorm(
  windows: usize,
  image: usize,
  b: usize,
  d: usize,
  isGhost: bool,
  target: usize,
  scratch: usize,
): void {
  conv2dNorm<i16>(windows, image, b, d, isGhost, 0, target, scratch);
}
