import { withRounded } from '../rounding';

/** The size of a tile of a product, whose sums stay in registers while they are computed. */
export const tileRows: usize = 4;
export const tileColumns: usize = 8;
/** Bytes of one tile, row after row. */
export const tileBytes: usize = tileRows * tileColumns * 4;

/** `count` rounded up to whole tiles. */
export function padded(count: usize, tile: usize): usize {
  return ((count + tile - 1) / tile) * tile;
}

/**
 * A 4×8 tile of a float32 product: Σ_k panelA[k]ᵀ·panelB[k], in the order of k.
 *
 * @param panelA `depth` groups of 4 values, one per row of the tile
 * @param panelB `depth` groups of 8 values, one per column of the tile
 * @param target first value of the tile; its rows are `rowBytes` apart
 * @param adds whether the tile is added to the stored values or replaces them
 */
export function multiplyTile(
  panelA: usize,
  panelB: usize,
  depth: usize,
  target: usize,
  rowBytes: usize,
  adds: bool,
): void {
  formTile<f32>(panelA, panelB, depth, target, rowBytes, adds, 0);
}

/**
 * Adds rint(factor·tile) to sums of rounded values, where the tile is that of `multiplyTile`, to
 * the bit.
 */
export function addRoundedTile(
  panelA: usize,
  panelB: usize,
  depth: usize,
  target: usize,
  rowBytes: usize,
  factor: f32,
): void {
  formTile<i32>(panelA, panelB, depth, target, rowBytes, true, factor);
}

/**
 * Writes a tile to float32 values (`Sum` f32), or adds it to sums of rounded values (`Sum` i32).
 */
function formTile<Sum>(
  panelA: usize,
  panelB: usize,
  depth: usize,
  target: usize,
  rowBytes: usize,
  adds: bool,
  factor: f32,
): void {
  let left0 = f32x4.splat(0);
  let left1 = f32x4.splat(0);
  let left2 = f32x4.splat(0);
  let left3 = f32x4.splat(0);
  let right0 = f32x4.splat(0);
  let right1 = f32x4.splat(0);
  let right2 = f32x4.splat(0);
  let right3 = f32x4.splat(0);
  const end = panelA + depth * 16;
  while (panelA < end) {
    const left = v128.load(panelB);
    const right = v128.load(panelB, 16);
    const a0 = v128.load32_splat(panelA);
    left0 = f32x4.add(left0, f32x4.mul(a0, left));
    right0 = f32x4.add(right0, f32x4.mul(a0, right));
    const a1 = v128.load32_splat(panelA, 4);
    left1 = f32x4.add(left1, f32x4.mul(a1, left));
    right1 = f32x4.add(right1, f32x4.mul(a1, right));
    const a2 = v128.load32_splat(panelA, 8);
    left2 = f32x4.add(left2, f32x4.mul(a2, left));
    right2 = f32x4.add(right2, f32x4.mul(a2, right));
    const a3 = v128.load32_splat(panelA, 12);
    left3 = f32x4.add(left3, f32x4.mul(a3, left));
    right3 = f32x4.add(right3, f32x4.mul(a3, right));
    panelA += 16;
    panelB += 32;
  }
  const row1 = target + rowBytes;
  const row2 = row1 + rowBytes;
  const row3 = row2 + rowBytes;
  if (isInteger<Sum>()) {
    const factors = f32x4.splat(factor);
    left0 = withRounded(target, left0, factors);
    right0 = withRounded(target + 16, right0, factors);
    left1 = withRounded(row1, left1, factors);
    right1 = withRounded(row1 + 16, right1, factors);
    left2 = withRounded(row2, left2, factors);
    right2 = withRounded(row2 + 16, right2, factors);
    left3 = withRounded(row3, left3, factors);
    right3 = withRounded(row3 + 16, right3, factors);
  } else if (adds) {
    left0 = f32x4.add(left0, v128.load(target));
    right0 = f32x4.add(right0, v128.load(target, 16));
    left1 = f32x4.add(left1, v128.load(row1));
    right1 = f32x4.add(right1, v128.load(row1, 16));
    left2 = f32x4.add(left2, v128.load(row2));
    right2 = f32x4.add(right2, v128.load(row2, 16));
    left3 = f32x4.add(left3, v128.load(row3));
    right3 = f32x4.add(right3, v128.load(row3, 16));
  }
  v128.store(target, left0);
  v128.store(target, right0, 16);
  v128.store(row1, left1);
  v128.store(row1, right1, 16);
  v128.store(row2, left2);
  v128.store(row2, right2, 16);
  v128.store(row3, left3);
  v128.store(row3, right3, 16);
}

/**
 * A row of tiles: `rows` × `columns` values of a product. Incomplete tiles are copied in part.
 *
 * @param panelsB one after the other
 * @param tile scratch of `tileBytes`
 */
export function multiplyTiles(
  panelA: usize,
  panelsB: usize,
  depth: usize,
  target: usize,
  rowBytes: usize,
  adds: bool,
  rows: usize,
  columns: usize,
  tile: usize,
): void {
  for (let column: usize = 0; column < columns; column += tileColumns) {
    const count = min(tileColumns, columns - column);
    if (rows === tileRows && count === tileColumns) {
      multiplyTile(panelA, panelsB, depth, target, rowBytes, adds);
    } else {
      multiplyTile(panelA, panelsB, depth, tile, tileColumns * 4, false);
      copyTile(tile, target, rowBytes, adds, rows, count);
    }
    panelsB += depth * tileColumns * 4;
    target += tileColumns * 4;
  }
}

/** The part of a tile that lies in the matrix. */
function copyTile(
  tile: usize,
  target: usize,
  rowBytes: usize,
  adds: bool,
  rows: usize,
  columns: usize,
): void {
  for (let row: usize = 0; row < rows; row++) {
    for (let column: usize = 0; column < columns; column++) {
      const value = load<f32>(tile + (row * tileColumns + column) * 4);
      const place = target + row * rowBytes + column * 4;
      store<f32>(place, adds ? load<f32>(place) + value : value);
    }
  }
}
