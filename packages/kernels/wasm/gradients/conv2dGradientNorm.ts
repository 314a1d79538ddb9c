import { productScratch } from './exampleProduct';
import { ghostNorm, ghostNormScratch } from './ghostNorm';
import { squaredProductNorm, storeNorms } from './gradientNorm';
import { squaredNorm } from '../squaredNorm';
import {
  unfold,
  unfoldedSquaredNorm,
  useWindows,
  windowCount,
  windowSize,
} from '../products/windows';

/** Bytes of scratch that `conv2dGradientNorm` needs. */
export function conv2dGradientNormScratch(windows: usize, d: usize, isGhost: bool): usize {
  useWindows(windows);
  return isGhost
    ? ghostNormScratch + windowCount() * windowSize() * 4
    : productScratch(windowCount(), d);
}

/**
 * Writes ‖AᵀB‖², ‖A‖², ‖B‖² of one example in float64, where A are the unfolded windows of an image
 * (see `useWindows`) and B [windows, d] the output gradients.
 *
 * @param isGhost whether the first is a ghost sum in float64, instead of float32 sums squared in
 *   float64
 * @param target three float64
 */
export function conv2dGradientNorm(
  windows: usize,
  image: usize,
  b: usize,
  d: usize,
  isGhost: bool,
  target: usize,
  scratch: usize,
): void {
  useWindows(windows);
  const positions = windowCount();
  const p = windowSize();
  const ofA = unfoldedSquaredNorm(image);
  const ofB = squaredNorm(b, positions * d);
  let ofProduct: f64;
  if (positions === 1) {
    ofProduct = ofA * ofB;
  } else if (isGhost) {
    const patches = scratch + ghostNormScratch;
    unfold(image, patches);
    ofProduct = ghostNorm(patches, b, positions, p, d, scratch);
  } else {
    ofProduct = squaredProductNorm(image, true, b, positions, p, d, scratch);
  }
  storeNorms(target, ofProduct, ofA, ofB);
}
