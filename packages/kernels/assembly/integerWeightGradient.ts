import {
  gradientPanelBytes,
  inputPanelBytes,
  inputPanelsOfBlock,
  packGradientPanels,
  packInputPanels,
  positionPairs,
} from './integerGradient';
import { multiplyIntegerTile } from './integerTile';
import { addRounded, countExamples, startSums } from './rounding';
import { padded, tileBytes, tileColumns, tileRows } from './tile';
import {
  channels,
  inHeight,
  inWidth,
  outHeight,
  outWidth,
  useWindows,
  windowSize,
} from './windows';

/** So many columns of a block of sums stay in the first-level cache from one example to the next. */
const blockColumns: usize = 64;

/** Bytes of one example's packed output gradients, at `rows`·`width` positions. */
export function packedGradientBytes(rows: usize, width: usize, d: usize): usize {
  return gradientPanelBytes(positionPairs(rows, width), d);
}

/** Packs the output gradients B [rows·width, d] of one example, whole numbers in float32. */
export function packIntegerGradients(
  b: usize,
  rows: usize,
  width: usize,
  d: usize,
  packed: usize,
): void {
  packGradientPanels(b, rows, width, d, packed);
}

/** Examples whose panels of A are packed together: as many as fit where one example's may lie. */
function examplesOfBlock(pairs: usize): usize {
  return max<usize>(1, largestBlock(pairs) / (inputPanelsOfBlock(pairs) * inputPanelBytes(pairs)));
}

function largestBlock(pairs: usize): usize {
  return max<usize>(128 * 1024, inputPanelBytes(pairs));
}

/** Bytes of scratch that the weight gradients below need. */
export function integerWeightGradientScratch(rows: usize, width: usize): usize {
  return tileBytes + largestBlock(positionPairs(rows, width));
}

/**
 * Rows of Σ factor·AᵀB over examples: sums over positions are exact in int32 and rounded to
 * float32, then multiplied in float32. An example whose factor is 0 is left out.
 *
 * @param a inputs of the first example, [positions, p] each, whole numbers in float32
 * @param packed output gradients of the examples from `packIntegerGradients`, with positions in one row
 * @param factors one an example
 * @param isRounded whether to add rint(factor·AᵀB) as int32, instead of float32 values in the order
 *   of examples
 * @param target `count` rows of d values, the first of which is row `first` of p
 */
export function integerMatMulWeightGradient(
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
  const pairs = positionPairs(1, positions);
  if (isRounded) {
    sumRows<i32>(
      a,
      false,
      packed,
      examples,
      positions,
      p,
      pairs,
      d,
      factors,
      first,
      count,
      target,
      scratch,
    );
  } else {
    sumRows<f32>(
      a,
      false,
      packed,
      examples,
      positions,
      p,
      pairs,
      d,
      factors,
      first,
      count,
      target,
      scratch,
    );
  }
}

/** The same where A are the windows of an NHWC image, with rows of output pixels in `packed`. */
export function integerConv2dWeightGradient(
  windows: usize,
  images: usize,
  packed: usize,
  examples: usize,
  d: usize,
  factors: usize,
  first: usize,
  count: usize,
  isRounded: bool,
  target: usize,
  scratch: usize,
): void {
  useWindows(windows);
  const pairs = positionPairs(outHeight, outWidth);
  const p = windowSize();
  if (isRounded) {
    sumRows<i32>(
      images,
      true,
      packed,
      examples,
      0,
      p,
      pairs,
      d,
      factors,
      first,
      count,
      target,
      scratch,
    );
  } else {
    sumRows<f32>(
      images,
      true,
      packed,
      examples,
      0,
      p,
      pairs,
      d,
      factors,
      first,
      count,
      target,
      scratch,
    );
  }
}

/** The rows as float32 values (`Sum` f32), or as sums of rounded values (`Sum` i32). */
function sumRows<Sum>(
  a: usize,
  isImage: bool,
  packed: usize,
  examples: usize,
  positions: usize,
  p: usize,
  pairs: usize,
  d: usize,
  factors: usize,
  first: usize,
  count: usize,
  target: usize,
  scratch: usize,
): void {
  const exampleBytes = isImage ? ((inHeight * inWidth * channels) as usize) * 4 : positions * p * 4;
  const blockRows = inputPanelsOfBlock(pairs) * tileRows;
  const blockExamples = examplesOfBlock(pairs);
  const panels = scratch + tileBytes;
  startSums(target, d * 4, count, d, isInteger<Sum>() ? countExamples(factors, examples) : 0);
  for (let row: usize = 0; row < count; row += blockRows) {
    const rows = min(blockRows, count - row);
    const panelBytes = (padded(rows, tileRows) / tileRows) * inputPanelBytes(pairs);
    for (let begin: usize = 0; begin < examples; begin += blockExamples) {
      const end = min(examples, begin + blockExamples);
      for (let example = begin; example < end; example++) {
        if (load<f32>(factors + example * 4) === 0) continue;
        const place = panels + (example - begin) * panelBytes;
        packInputPanels(
          a + example * exampleBytes,
          isImage,
          positions,
          p,
          first + row,
          rows,
          place,
        );
      }
      for (let column: usize = 0; column < d; column += blockColumns) {
        const columns = min(blockColumns, d - column);
        for (let example = begin; example < end; example++) {
          const factor = load<f32>(factors + example * 4);
          if (factor === 0) continue;
          addBlock<Sum>(
            panels + (example - begin) * panelBytes,
            packed + example * gradientPanelBytes(pairs, d) + column * pairs * 4,
            pairs,
            factor,
            rows,
            columns,
            target + (row * d + column) * 4,
            d * 4,
            scratch,
          );
        }
      }
    }
  }
}

/** Adds factor·AᵀB of the rows and columns in panels. */
function addBlock<Sum>(
  panelsA: usize,
  panelB: usize,
  pairs: usize,
  factor: f32,
  rows: usize,
  columns: usize,
  target: usize,
  rowBytes: usize,
  tile: usize,
): void {
  for (let column: usize = 0; column < columns; column += tileColumns) {
    const width = min(tileColumns, columns - column);
    let panelA = panelsA;
    for (let row: usize = 0; row < rows; row += tileRows) {
      const height = min(tileRows, rows - row);
      const place = target + row * rowBytes + column * 4;
      if (height === tileRows && width === tileColumns) {
        multiplyIntegerTile<Sum>(panelA, panelB, pairs, place, rowBytes, true, factor);
      } else {
        // What replaces is the same of either: so the other has one caller, into which it is
        // inlined.
        multiplyIntegerTile<f32>(panelA, panelB, pairs, tile, tileColumns * 4, false, 0);
        addPart<Sum>(tile, factor, height, width, place, rowBytes);
      }
      panelA += inputPanelBytes(pairs);
    }
    panelB += pairs * tileColumns * 4;
  }
}

/** The part of a tile that lies in the matrix. */
function addPart<Sum>(
  tile: usize,
  factor: f32,
  rows: usize,
  columns: usize,
  target: usize,
  rowBytes: usize,
): void {
  for (let i: usize = 0; i < rows; i++) {
    for (let j: usize = 0; j < columns; j++) {
      const place = target + i * rowBytes + j * 4;
      const value = load<i32>(tile + (i * tileColumns + j) * 4) as f32;
      if (isInteger<Sum>()) addRounded(place, value, factor);
      else store<f32>(place, load<f32>(place) + value * factor);
    }
  }
}
