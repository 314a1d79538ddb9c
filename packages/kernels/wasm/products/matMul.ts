import { packPanel } from './panels';
import { multiplyTiles, padded, tileBytes, tileColumns, tileRows } from './tile';

/** A block of B of this many rows and columns stays in the second-level cache: 512 KB. */
const blockDepth: usize = 256;
const blockColumns: usize = 512;

/** Bytes of scratch that `matMul` needs. */
export function matMulScratch(n: usize, k: usize): usize {
  const depth = min(k, blockDepth);
  const columns = padded(min(n, blockColumns), tileColumns);
  return tileBytes + depth * (tileRows + columns) * 4;
}

/**
 * C = A·B in float32, A [m, k], B [k, n], C [m, n] row after row, k > 0. Strides, in values,
 * describe the layout of A and B, transposed or not.
 *
 * @param scratch see `matMulScratch`
 */
export function matMul(
  a: usize,
  aRowStride: usize,
  aColumnStride: usize,
  b: usize,
  bRowStride: usize,
  bColumnStride: usize,
  c: usize,
  m: usize,
  n: usize,
  k: usize,
  scratch: usize,
): void {
  const rowBytes = n * 4;
  const panelA = scratch + tileBytes;
  for (let block: usize = 0; block < k; block += blockDepth) {
    const depth = min(blockDepth, k - block);
    const packedB = panelA + depth * tileRows * 4;
    const blockOfA = a + block * aColumnStride * 4;
    const blockOfB = b + block * bRowStride * 4;
    for (let first: usize = 0; first < n; first += blockColumns) {
      const end = min(n, first + blockColumns);
      let panel = packedB;
      for (let column = first; column < end; column += tileColumns) {
        const corner = blockOfB + column * bColumnStride * 4;
        const count = min(tileColumns, end - column);
        packPanel(corner, tileColumns, count, depth, bColumnStride * 4, bRowStride * 4, panel);
        panel += depth * tileColumns * 4;
      }
      for (let row: usize = 0; row < m; row += tileRows) {
        const corner = blockOfA + row * aRowStride * 4;
        const rows = min(tileRows, m - row);
        packPanel(corner, tileRows, rows, depth, aRowStride * 4, aColumnStride * 4, panelA);
        const target = c + row * rowBytes + first * 4;
        multiplyTiles(
          panelA,
          packedB,
          depth,
          target,
          rowBytes,
          block > 0,
          rows,
          end - first,
          scratch,
        );
      }
    }
  }
}
