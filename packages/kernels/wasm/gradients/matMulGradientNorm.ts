import { productScratch } from './exampleProduct';
import { ghostNorm, ghostNormScratch } from './ghostNorm';
import { squaredProductNorm, storeNorms } from './gradientNorm';
import { squaredNorm } from '../squaredNorm';

/** Bytes of scratch that `matMulGradientNorm` needs. */
export function matMulGradientNormScratch(positions: usize, d: usize, isGhost: bool): usize {
  return isGhost ? ghostNormScratch : productScratch(positions, d);
}

/**
 * Writes ‖AᵀB‖², ‖A‖², ‖B‖² of one example in float64, for A [positions, p] and B [positions, d].
 *
 * @param isGhost whether the first is a ghost sum in float64, instead of float32 sums squared in
 *   float64
 * @param target three float64
 */
export function matMulGradientNorm(
  a: usize,
  b: usize,
  positions: usize,
  p: usize,
  d: usize,
  isGhost: bool,
  target: usize,
  scratch: usize,
): void {
  const ofA = squaredNorm(a, positions * p);
  const ofB = squaredNorm(b, positions * d);
  let ofProduct: f64;
  if (positions === 1) {
    ofProduct = ofA * ofB;
  } else if (isGhost) {
    ofProduct = ghostNorm(a, b, positions, p, d, scratch);
  } else {
    ofProduct = squaredProductNorm(a, false, b, positions, p, d, scratch);
  }
  storeNorms(target, ofProduct, ofA, ofB);
}
