import { loadValues, promoteHigh, storeValues } from '../quads';

/** Bytes of scratch that `segmentSum` needs: a float64 for each sum. */
export function segmentSumScratch(segments: usize, columns: usize): usize {
  return segments * ((columns + 3) & ~3) * 8;
}

/**
 * Columns `first` to `first + columns` of the sums, in float64, of the rows of x that have the same
 * segment number. Rows whose number is out of range are left out.
 *
 * @param x [rows, rowSize]
 * @param segmentIds int32
 * @param target address of the first value of all, [segments, rowSize]
 */
export function segmentSum(
  x: usize,
  segmentIds: usize,
  rows: usize,
  rowSize: usize,
  segments: i32,
  first: usize,
  columns: usize,
  target: usize,
  scratch: usize,
): void {
  const sumBytes = ((columns + 3) & ~3) * 8;
  memory.fill(scratch, 0, (segments as usize) * sumBytes);
  for (let row: usize = 0; row < rows; row++) {
    const segment = load<i32>(segmentIds + row * 4);
    if (segment < 0 || segment >= segments) continue;
    const source = x + (row * rowSize + first) * 4;
    let sums = scratch + (segment as usize) * sumBytes;
    for (let column: usize = 0; column < columns; column += 4) {
      const values = loadValues(source + column * 4, min(4, columns - column));
      v128.store(sums, f64x2.add(v128.load(sums), f64x2.promote_low_f32x4(values)));
      v128.store(sums, f64x2.add(v128.load(sums, 16), promoteHigh(values)), 16);
      sums += 32;
    }
  }
  for (let segment: usize = 0; segment < (segments as usize); segment++) {
    const place = target + (segment * rowSize + first) * 4;
    let sums = scratch + segment * sumBytes;
    for (let column: usize = 0; column < columns; column += 4) {
      const low = f32x4.demote_f64x2_zero(v128.load(sums));
      const high = f32x4.demote_f64x2_zero(v128.load(sums, 16));
      const values = v128.shuffle<f32>(low, high, 0, 1, 4, 5);
      storeValues(place + column * 4, values, min(4, columns - column));
      sums += 32;
    }
  }
}
