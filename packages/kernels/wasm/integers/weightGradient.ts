import {
  gradientPanelBytes,
  inputPanelBytes,
  inputPanelsOfBlock,
  packInputPanels,
  positionWords,
  startsOfPanel,
} from './integerGradient';
import { narrowedImageBytes } from './integerImage';
import { multiplyIntegerTile } from './integerTile';
import { addRounded, countExamples, startSums } from '../rounding';
import { padded, tileBytes, tileColumns, tileRows } from '../products/tile';
import { outHeight, outWidth, useWindows } from '../products/windows';

/**
 * Number of columns of a block of sums that stays in the first-level cache from one example to the
 * next.
 */
const blockColumns: usize = 64;

/**
 * Bytes of one example's output gradients from `packGradientPanels`, at `rows`·`width` positions.
 */
export function gradientBytes<T>(rows: usize, width: usize, d: usize): usize {
  return gradientPanelBytes(positionWords<T>(rows, width), d);
}

/**
 * Number of examples whose panels of A are packed together: as many as fit in the memory for one
 * example's largest panels.
 */
function examplesOfBlock<T>(words: usize): usize {
  const exampleBytes = inputPanelsOfBlock<T>(words) * inputPanelBytes<T>(words);
  return max<usize>(1, largestBlock<T>(words) / exampleBytes);
}

function largestBlock<T>(words: usize): usize {
  return max<usize>(128 * 1024, inputPanelBytes<T>(words));
}

/** Bytes of scratch that `weightGradient` needs. */
export function weightGradientScratch<T>(rows: usize, width: usize): usize {
  return tileBytes + largestBlock<T>(positionWords<T>(rows, width));
}

/**
 * Rows of Σ factor·AᵀB over examples, of whole numbers in float32 that are multiplied as 16-bit
 * integers (`T` i16) or as bytes (i8): sums over positions are exact in int32 and rounded to
 * float32, then multiplied in float32. An example whose factor is 0 is left out.
 *
 * @param windows 0, or see `useWindows`: A are then the windows of NHWC images
 * @param a inputs of the first example: [positions, p] in float32, or an image from `narrowImage`
 * @param packed output gradients of the examples from `packGradientPanels`: in rows of output
 *   pixels, or with positions in one row
 * @param factors one per example
 * @param isRounded whether to add rint(factor·AᵀB) as int32, instead of float32 values in the order
 *   of examples
 * @param offset i8 only: the offset given to `packGradientPanels`
 * @param target `count` rows of d values, the first of which is row `first` of p
 */
export function weightGradient<T>(
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
  offset: i32,
  target: usize,
  scratch: usize,
): void {
  const isImage = windows !== 0;
  if (isImage) useWindows(windows);
  const words = isImage ? positionWords<T>(outHeight, outWidth) : positionWords<T>(1, positions);
  const exampleBytes = isImage ? narrowedImageBytes<T>() : positions * p * 4;
  const blockRows = inputPanelsOfBlock<T>(words) * tileRows;
  const blockExamples = examplesOfBlock<T>(words);
  const panels = scratch + tileBytes;
  startSums(target, d * 4, count, d, isRounded ? countExamples(factors, examples) : 0);
  for (let row: usize = 0; row < count; row += blockRows) {
    const rows = min(blockRows, count - row);
    const panelBytes = (padded(rows, tileRows) / tileRows) * inputPanelBytes<T>(words);
    for (let begin: usize = 0; begin < examples; begin += blockExamples) {
      const end = min(examples, begin + blockExamples);
      for (let example = begin; example < end; example++) {
        if (load<f32>(factors + example * 4) === 0) continue;
        const place = panels + (example - begin) * panelBytes;
        const values = a + example * exampleBytes;
        packInputPanels<T>(values, isImage, positions, p, first + row, rows, offset, place);
      }
      for (let column: usize = 0; column < d; column += blockColumns) {
        const columns = min(blockColumns, d - column);
        for (let example = begin; example < end; example++) {
          const factor = load<f32>(factors + example * 4);
          if (factor === 0) continue;
          addBlock<T>(
            panels + (example - begin) * panelBytes,
            packed + example * gradientPanelBytes(words, d) + column * words * 4,
            words,
            factor,
            rows,
            columns,
            isRounded,
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
function addBlock<T>(
  panelsA: usize,
  panelB: usize,
  words: usize,
  factor: f32,
  rows: usize,
  columns: usize,
  isRounded: bool,
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
      const starts = startsOfPanel(panelA, words);
      if (height < tileRows || width < tileColumns) {
        multiplyIntegerTile<T, f32>(panelA, panelB, words, starts, tile, tileColumns * 4, false, 0);
        addPart(tile, factor, height, width, isRounded, place, rowBytes);
      } else if (isRounded) {
        multiplyIntegerTile<T, i32>(panelA, panelB, words, starts, place, rowBytes, true, factor);
      } else {
        multiplyIntegerTile<T, f32>(panelA, panelB, words, starts, place, rowBytes, true, factor);
      }
      panelA += inputPanelBytes<T>(words);
    }
    panelB += words * tileColumns * 4;
  }
}

/** The part of a tile that lies in the matrix. */
function addPart(
  tile: usize,
  factor: f32,
  rows: usize,
  columns: usize,
  isRounded: bool,
  target: usize,
  rowBytes: usize,
): void {
  for (let i: usize = 0; i < rows; i++) {
    for (let j: usize = 0; j < columns; j++) {
      const place = target + i * rowBytes + j * 4;
      const value = load<i32>(tile + (i * tileColumns + j) * 4) as f32;
      if (isRounded) addRounded(place, value, factor);
      else store<f32>(place, load<f32>(place) + value * factor);
    }
  }
}
