import { integerGhostNorm, integerGhostScratch } from './integerGhostNorm';
import { storeNorms } from './gradientNorm';
import { integerRowBytes } from './integerColumns';
import {
  gradientPanelBytes,
  inputPanelBytes,
  inputPanelsOfBlock,
  packGradientPanels,
  packInputPanels,
  positionPairs,
} from './integerGradient';
import { copyWindow, narrowImage, narrowedImageBytes } from './integerImage';
import { multiplyIntegerTile } from './integerTile';
import { narrow } from './narrow';
import { squaredNorm } from './squaredNorm';
import { tileBytes, tileColumns, tileRows } from './tile';
import {
  outHeight,
  outWidth,
  unfoldedSquaredNorm,
  useWindows,
  windowCount,
  windowSize,
} from './windows';

/** Bytes of scratch for the norm of a product that is formed, after a tile and a panel. */
function formedScratch(pairs: usize, d: usize): usize {
  const panels = inputPanelsOfBlock(pairs) * inputPanelBytes(pairs);
  return tileBytes + panels + gradientPanelBytes(pairs, d);
}

/** Bytes of scratch that `integerMatMulGradientNorm` needs. */
export function integerMatMulGradientNormScratch(
  positions: usize,
  p: usize,
  d: usize,
  isGhost: bool,
): usize {
  return isGhost
    ? integerGhostScratch(positions, p, d)
    : formedScratch(positionPairs(1, positions), d);
}

/**
 * Writes ‖AᵀB‖², ‖A‖², ‖B‖² of one example in float64, for A [positions, p] and B [positions, d] of whole numbers in
 * float32. Entries of AᵀB, or the inner products of a ghost sum, are exact in int32; their squares and
 * products are summed in float64.
 *
 * @param target three float64
 */
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
  const ofA = squaredNorm(a, positions * p);
  const ofB = squaredNorm(b, positions * d);
  let ofProduct: f64;
  if (positions === 1) {
    ofProduct = ofA * ofB;
  } else if (isGhost) {
    const rowsOfB = narrowRows(a, positions, p, scratch);
    const end = narrowRows(b, positions, d, rowsOfB);
    ofProduct = integerGhostNorm(scratch, rowsOfB, positions, p, d, end);
  } else {
    ofProduct = formedNorm(a, false, b, 1, positions, p, d, scratch);
  }
  storeNorms(target, ofProduct, ofA, ofB);
}

/** Bytes of scratch that `integerConv2dGradientNorm` needs. */
export function integerConv2dGradientNormScratch(windows: usize, d: usize, isGhost: bool): usize {
  useWindows(windows);
  return isGhost
    ? integerGhostScratch(windowCount(), windowSize(), d) + narrowedImageBytes<i16>()
    : formedScratch(positionPairs(outHeight, outWidth), d);
}

/** The same where A are the windows of an NHWC image (see `useWindows`). */
export function integerConv2dGradientNorm(
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
    const rowsOfB = scratch + positions * integerRowBytes<i16>(p);
    const end = narrowRows(b, positions, d, rowsOfB);
    const image16 = scratch + integerGhostScratch(positions, p, d);
    narrowImage<i16>(image, image16);
    let row = scratch;
    for (let outY = 0; outY < outHeight; outY++) {
      for (let outX = 0; outX < outWidth; outX++) {
        copyWindow<i16>(image16, outY, outX, row);
        endWithZeros(row, p);
        row += integerRowBytes<i16>(p);
      }
    }
    ofProduct = integerGhostNorm(scratch, rowsOfB, positions, p, d, end);
  } else {
    ofProduct = formedNorm(image, true, b, outHeight, outWidth, p, d, scratch);
  }
  storeNorms(target, ofProduct, ofA, ofB);
}

/** Rows as 16 bits with zeros behind them; returns where they end. */
function narrowRows(source: usize, rows: usize, length: usize, target: usize): usize {
  for (let row: usize = 0; row < rows; row++) {
    narrow<i16>(source, length, target);
    endWithZeros(target, length);
    source += length * 4;
    target += integerRowBytes<i16>(length);
  }
  return target;
}

function endWithZeros(row: usize, length: usize): void {
  memory.fill(row + length * 2, 0, integerRowBytes<i16>(length) - length * 2);
}

/** ‖AᵀB‖² by forming AᵀB tile by tile; it is not kept. Positions are `rows`·`width`. */
function formedNorm(
  a: usize,
  isImage: bool,
  b: usize,
  rows: usize,
  width: usize,
  p: usize,
  d: usize,
  tile: usize,
): f64 {
  const pairs = positionPairs(rows, width);
  const block = inputPanelsOfBlock(pairs);
  const panels = tile + tileBytes;
  const packed = panels + block * inputPanelBytes(pairs);
  packGradientPanels(b, rows, width, d, packed);
  let sum = f64x2.splat(0);
  for (let first: usize = 0; first < p; first += block * tileRows) {
    const count = min(block * tileRows, p - first);
    packInputPanels(a, isImage, width, p, first, count, panels);
    let panelB = packed;
    for (let column: usize = 0; column < d; column += tileColumns) {
      let panelA = panels;
      for (let row: usize = 0; row < count; row += tileRows) {
        multiplyIntegerTile<f32>(panelA, panelB, pairs, tile, tileColumns * 4, false, 0);
        sum = f64x2.add(sum, squaresOfTile(tile));
        panelA += inputPanelBytes(pairs);
      }
      panelB += pairs * tileColumns * 4;
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
