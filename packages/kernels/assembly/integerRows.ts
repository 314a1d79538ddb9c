import { integerRowBytes } from './integerColumns';
import { multiplyIntegerTile } from './integerTile';
import { turnFour } from './panels';
import { tileBytes, tileColumns, tileRows } from './tile';

/** Rows are multiplied by so many bytes of panels at a time, which stay in the second-level cache. */
const blockBytes: usize = 256 * 1024;
const largestBlock: usize = 64;

let pairs: usize = 0;
let rowBytes: usize = 0;
let capacity: usize = 0;
let columns: usize = 0;
let weights: usize = 0;
let tile: usize = 0;
let targets: usize = 0;
let scales: usize = 0;
let rows: usize = 0;
let panels: usize = 0;
let count: usize = 0;

function blockRows(depth: usize): usize {
  const fitting = blockBytes / max<usize>(1, depth * 2);
  return max(tileRows, min(largestBlock, fitting & ~(tileRows - 1)));
}

/** Bytes of scratch for rows of so many 16-bit integers. */
export function integerRowsScratch(depth: usize): usize {
  const panelBytes = blockRows(depth) * ((depth + 1) / 2) * 4;
  return tileBytes + blockRows(depth) * 8 + tileRows * integerRowBytes(depth) + panelBytes;
}

/**
 * From here on rows are multiplied by a matrix of `n` columns, packed by `packIntegerColumns`. Rows are given
 * one by one: `nextRow` says where its integers go, `endRow` where its product goes; `finishRows` ends.
 */
export function startRows(depth: usize, packed: usize, n: usize, scratch: usize): void {
  pairs = (depth + 1) / 2;
  rowBytes = integerRowBytes(depth);
  capacity = blockRows(depth);
  weights = packed;
  columns = n;
  tile = scratch;
  targets = tile + tileBytes;
  scales = targets + capacity * 4;
  rows = scales + capacity * 4;
  panels = rows + tileRows * rowBytes;
  count = 0;
}

/** Where the integers of the next row go; up to 15 bytes behind them may be written. */
export function nextRow(): usize {
  return rows + (count % tileRows) * rowBytes;
}

/** Takes the row: its product, rounded to float32 and multiplied by `scale`, goes to `target`. */
export function endRow(target: usize, scale: f32): void {
  store<u32>(targets + count * 4, target as u32);
  store<f32>(scales + count * 4, scale);
  if (count % tileRows === tileRows - 1) packRows();
  count++;
  if (count === capacity) multiplyRows();
}

/** Multiplies what is left. */
export function finishRows(): void {
  if (count % tileRows > 0) packRows();
  multiplyRows();
}

function packRows(): void {
  turnFour(rows, rowBytes, pairs, panels + (count / tileRows) * pairs * 16, 16);
}

function multiplyRows(): void {
  let panelB = weights;
  for (let column: usize = 0; column < columns; column += tileColumns) {
    const width = min(tileColumns, columns - column);
    let panelA = panels;
    for (let row: usize = 0; row < count; row += tileRows) {
      multiplyIntegerTile(panelA, panelB, pairs, tile, tileColumns * 4, false, 0);
      storeTile(row, min(tileRows, count - row), column, width);
      panelA += pairs * 16;
    }
    panelB += pairs * 32;
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
