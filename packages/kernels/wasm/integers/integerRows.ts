import { byteStarts } from './bytes';
import { multiplyByteTile } from './byteTile';
import { integerRowBytes, integerWords } from './integerColumns';
import { multiplyIntegerTile } from './integerTile';
import { turnFour } from '../products/panels';
import { tileBytes, tileColumns, tileRows } from '../products/tile';

/**
 * Rows are multiplied by this many bytes of panels at a time, which stay in the second-level cache.
 */
const blockBytes: usize = 256 * 1024;
const largestBlock: usize = 64;

let depth: usize = 0;
let words: usize = 0;
let rowBytes: usize = 0;
let capacity: usize = 0;
let columns: usize = 0;
let weights: usize = 0;
let tile: usize = 0;
let targets: usize = 0;
let scales: usize = 0;
let starts: usize = 0;
let steps: usize = 0;
let offset: i32 = 0;
let rows: usize = 0;
let panels: usize = 0;
let count: usize = 0;

function blockRows<T>(length: usize): usize {
  const fitting = blockBytes / max<usize>(1, length * sizeof<T>());
  return max(tileRows, min(largestBlock, fitting & ~(tileRows - 1)));
}

/** Bytes of scratch for rows of `length` integers of type `T`. */
export function integerRowsScratch<T>(length: usize): usize {
  const lists = blockRows<T>(length) * 12;
  const panelBytes = blockRows<T>(length) * integerWords<T>(length) * 4;
  return tileBytes + lists + tileRows * integerRowBytes<T>(length) + panelBytes;
}

/**
 * Starts a product of rows by a matrix of `n` columns, packed by `packIntegerColumns` (`T` i16) or
 * `packByteColumns` (i8). Rows are given one by one: `nextRow` returns the address for a row's
 * integers, `endRow` takes the address for its product, and `finishRows` ends the product.
 *
 * @param mostSteps i8 only: number of words that may be summed in 16 bits, see `multiplyByteTile`;
 *   0: sums of 32 bits
 * @param columnOffset i8 only: offset that was added to every value of the matrix
 */
export function startRows<T>(
  length: usize,
  packed: usize,
  n: usize,
  mostSteps: usize,
  columnOffset: i32,
  scratch: usize,
): void {
  depth = length;
  words = integerWords<T>(length);
  rowBytes = integerRowBytes<T>(length);
  capacity = blockRows<T>(length);
  weights = packed;
  columns = n;
  steps = mostSteps;
  offset = columnOffset;
  tile = scratch;
  targets = tile + tileBytes;
  scales = targets + capacity * 4;
  starts = scales + capacity * 4;
  rows = starts + capacity * 4;
  panels = rows + tileRows * rowBytes;
  count = 0;
}

/** Address for the integers of the next row; up to 15 bytes after them may be overwritten. */
export function nextRow(): usize {
  return rows + (count % tileRows) * rowBytes;
}

/**
 * Accepts the row: its product, rounded to float32 and multiplied by `scale`, is written to
 * `target`.
 */
export function endRow<T>(target: usize, scale: f32): void {
  store<u32>(targets + count * 4, target as u32);
  store<f32>(scales + count * 4, scale);
  if (sizeof<T>() === 1) {
    // Writes zeros after the row, which are multiplied by the padding of the matrix, so that its
    // content does not matter.
    v128.store(nextRow() + depth, i32x4.splat(0));
    if (steps > 0) store<i32>(starts + count * 4, -offset * sumRow(nextRow()));
  }
  if (count % tileRows === tileRows - 1) packRows<T>();
  count++;
  if (count === capacity) multiplyRows<T>();
}

/** Multiplies the remaining rows. */
export function finishRows<T>(): void {
  if (count % tileRows > 0) packRows<T>();
  multiplyRows<T>();
}

/** The sum of a row's bytes, which are followed by zeros. */
function sumRow(row: usize): i32 {
  let sums = i32x4.splat(0);
  for (let i: usize = 0; i < depth; i += 16) {
    const pairs = i16x8.extadd_pairwise_i8x16_s(v128.load(row + i));
    sums = i32x4.add(sums, i32x4.extadd_pairwise_i16x8_s(pairs));
  }
  const left = i32x4.extract_lane(sums, 0) + i32x4.extract_lane(sums, 1);
  return left + i32x4.extract_lane(sums, 2) + i32x4.extract_lane(sums, 3);
}

function packRows<T>(): void {
  const panel = panels + (count / tileRows) * words * 16;
  turnFour(rows, rowBytes, words, panel, 16);
  if (sizeof<T>() === 1 && steps === 0) {
    byteStarts(panel, words, offset, starts + (count & ~(tileRows - 1)) * 4);
  }
}

function multiplyRows<T>(): void {
  let panelB = weights;
  for (let column: usize = 0; column < columns; column += tileColumns) {
    const width = min(tileColumns, columns - column);
    let panelA = panels;
    for (let row: usize = 0; row < count; row += tileRows) {
      const start = starts + row * 4;
      if (sizeof<T>() === 1 && steps > 0) {
        multiplyByteTile(panelA, panelB, words, steps, start, tile);
      } else {
        multiplyIntegerTile<T, f32>(panelA, panelB, words, start, tile, tileColumns * 4, false, 0);
      }
      storeTile(row, min(tileRows, count - row), column, width);
      panelA += words * 16;
    }
    panelB += words * 32;
  }
  count = 0;
}

function storeTile(first: usize, height: usize, column: usize, width: usize): void {
  for (let i: usize = 0; i < height; i++) {
    const target = (load<u32>(targets + (first + i) * 4) as usize) + column * 4;
    const place = tile + i * tileColumns * 4;
    if (width === tileColumns) {
      const scale = v128.load32_splat(scales + (first + i) * 4);
      const left = f32x4.convert_i32x4_s(v128.load(place));
      const right = f32x4.convert_i32x4_s(v128.load(place, 16));
      v128.store(target, f32x4.mul(left, scale));
      v128.store(target, f32x4.mul(right, scale), 16);
    } else {
      const scale = load<f32>(scales + (first + i) * 4);
      for (let j: usize = 0; j < width; j++) {
        store<f32>(target + j * 4, (load<i32>(place + j * 4) as f32) * scale);
      }
    }
  }
}
