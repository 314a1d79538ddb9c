import { storeNorms } from '../gradients/gradientNorm';
import { integerRowBytes } from './integerColumns';
import { integerGhostNorm, integerGhostScratch } from './integerGhostNorm';
import {
  gradientPanelBytes,
  inputPanelBytes,
  inputPanelsOfBlock,
  packGradientPanels,
  packInputPanels,
  positionWords,
  startsOfPanel,
} from './integerGradient';
import { copyWindow, narrowImage, narrowedImageBytes } from './integerImage';
import { multiplyIntegerTile } from './integerTile';
import { narrow } from './narrow';
import { squaredNorm } from '../squaredNorm';
import { tileBytes, tileColumns, tileRows } from '../products/tile';
import {
  outHeight,
  outWidth,
  unfoldedSquaredNorm,
  useWindows,
  windowCount,
  windowSize,
} from '../products/windows';

/**
 * Norms of weight gradients AᵀB of whole numbers, multiplied as 16-bit integers (`T` i16) or as
 * bytes (i8), exactly in either: entries of AᵀB, or the inner products of a ghost sum, are exact in
 * int32; their squares and products are summed in float64.
 */

/** Bytes of scratch for the norm of an instantiated product, after a tile and a panel. */
function formedScratch<T>(words: usize, d: usize): usize {
  const panels = inputPanelsOfBlock<T>(words) * inputPanelBytes<T>(words);
  return tileBytes + panels + gradientPanelBytes(words, d);
}

/** Bytes of scratch that `matMulNorm` needs. */
export function matMulNormScratch<T>(positions: usize, p: usize, d: usize, isGhost: bool): usize {
  return isGhost
    ? integerGhostScratch<T>(positions, p, d)
    : formedScratch<T>(positionWords<T>(1, positions), d);
}

/**
 * Writes ‖AᵀB‖², ‖A‖², ‖B‖² of one example in float64, for A [positions, p] and B [positions, d] in
 * float32.
 *
 * @param offset i8 only: `wideDotOffset` of the processor
 * @param target three float64
 */
export function matMulNorm<T>(
  a: usize,
  b: usize,
  positions: usize,
  p: usize,
  d: usize,
  isGhost: bool,
  offset: i32,
  target: usize,
  scratch: usize,
): void {
  const ofA = squaredNorm(a, positions * p);
  const ofB = squaredNorm(b, positions * d);
  let ofProduct: f64;
  if (positions === 1) {
    ofProduct = ofA * ofB;
  } else if (isGhost) {
    const rowsOfB = narrowRows<T>(a, positions, p, scratch);
    const end = narrowRows<T>(b, positions, d, rowsOfB);
    ofProduct = integerGhostNorm<T>(scratch, rowsOfB, positions, p, d, offset, end);
  } else {
    ofProduct = formedNorm<T>(a, false, b, 1, positions, p, d, offset, scratch);
  }
  storeNorms(target, ofProduct, ofA, ofB);
}

/** Bytes of scratch that `conv2dNorm` needs. */
export function conv2dNormScratch<T>(windows: usize, d: usize, isGhost: bool): usize {
  useWindows(windows);
  return isGhost
    ? integerGhostScratch<T>(windowCount(), windowSize(), d) + narrowedImageBytes<T>()
    : formedScratch<T>(positionWords<T>(outHeight, outWidth), d) + narrowedImageBytes<T>();
}

/** The same where A are the windows of an NHWC image (see `useWindows`). */
export function conv2dNorm<T>(
  windows: usize,
  image: usize,
  b: usize,
  d: usize,
  isGhost: bool,
  offset: i32,
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
    const rowsOfB = scratch + positions * integerRowBytes<T>(p);
    const end = narrowRows<T>(b, positions, d, rowsOfB);
    const narrowed = scratch + integerGhostScratch<T>(positions, p, d);
    narrowImage<T>(image, narrowed);
    let row = scratch;
    for (let outY = 0; outY < outHeight; outY++) {
      for (let outX = 0; outX < outWidth; outX++) {
        copyWindow<T>(narrowed, outY, outX, row);
        endWithZeros<T>(row, p);
        row += integerRowBytes<T>(p);
      }
    }
    ofProduct = integerGhostNorm<T>(scratch, rowsOfB, positions, p, d, offset, end);
  } else {
    const narrowed = scratch + formedScratch<T>(positionWords<T>(outHeight, outWidth), d);
    narrowImage<T>(image, narrowed);
    ofProduct = formedNorm<T>(narrowed, true, b, outHeight, outWidth, p, d, offset, scratch);
  }
  storeNorms(target, ofProduct, ofA, ofB);
}

/** Narrows rows and appends zeros to each; returns their end address. */
function narrowRows<T>(source: usize, rows: usize, length: usize, target: usize): usize {
  for (let row: usize = 0; row < rows; row++) {
    narrow<T>(source, length, target);
    endWithZeros<T>(target, length);
    source += length * 4;
    target += integerRowBytes<T>(length);
  }
  return target;
}

function endWithZeros<T>(row: usize, length: usize): void {
  const end = length * sizeof<T>();
  memory.fill(row + end, 0, integerRowBytes<T>(length) - end);
}

/** ‖AᵀB‖² by computing AᵀB tile by tile, without storing it. Positions are `rows`·`width`. */
function formedNorm<T>(
  a: usize,
  isImage: bool,
  b: usize,
  rows: usize,
  width: usize,
  p: usize,
  d: usize,
  offset: i32,
  tile: usize,
): f64 {
  const words = positionWords<T>(rows, width);
  const block = inputPanelsOfBlock<T>(words);
  const panels = tile + tileBytes;
  const packed = panels + block * inputPanelBytes<T>(words);
  packGradientPanels<T>(b, rows, width, d, offset, packed);
  let sum = f64x2.splat(0);
  for (let first: usize = 0; first < p; first += block * tileRows) {
    const count = min(block * tileRows, p - first);
    packInputPanels<T>(a, isImage, width, p, first, count, offset, panels);
    let panelB = packed;
    for (let column: usize = 0; column < d; column += tileColumns) {
      let panelA = panels;
      for (let row: usize = 0; row < count; row += tileRows) {
        multiplyIntegerTile<T, f32>(
          panelA,
          panelB,
          words,
          startsOfPanel(panelA, words),
          tile,
          tileColumns * 4,
          false,
          0,
        );
        sum = f64x2.add(sum, squaresOfTile(tile));
        panelA += inputPanelBytes<T>(words);
      }
      panelB += words * tileColumns * 4;
    }
  }
  return f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1);
}

/** Two sums of squares. */
function squaresOfTile(tile: usize): v128 {
  let sum = f64x2.splat(0);
  for (let place: usize = 0; place < tileBytes; place += 16) {
    const entries = v128.load(tile + place);
    const low = f64x2.convert_low_i32x4_s(entries);
    const high = f64x2.convert_low_i32x4_s(v128.shuffle<i32>(entries, entries, 2, 3, 0, 1));
    sum = f64x2.add(sum, f64x2.add(f64x2.mul(low, low), f64x2.mul(high, high)));
  }
  return sum;
}
