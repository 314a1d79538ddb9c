/** Panels hold a group of rows or columns of a matrix in the order in which a tile reads them. */

/**
 * Packs `width` neighbouring rows or columns of a matrix, from `source` on, `depth` values each:
 * panel[k][i] = source[i, k]. Neighbours beyond `count` are zeros.
 *
 * @param width 4 or 8
 * @param neighbourBytes distance of i and i + 1
 * @param depthBytes distance of k and k + 1
 */
export function packPanel(
  source: usize,
  width: usize,
  count: usize,
  depth: usize,
  neighbourBytes: usize,
  depthBytes: usize,
  panel: usize,
): void {
  const panelBytes = width * 4;
  const end = panel + depth * panelBytes;
  if (count === width && neighbourBytes === 4) {
    if (width === 8) {
      for (let place = panel; place < end; place += 32) {
        v128.store(place, v128.load(source));
        v128.store(place, v128.load(source, 16), 16);
        source += depthBytes;
      }
    } else {
      for (let place = panel; place < end; place += 16) {
        v128.store(place, v128.load(source));
        source += depthBytes;
      }
    }
    return;
  }
  if (count === width && depthBytes === 4) {
    turnFour(source, neighbourBytes, depth, panel, panelBytes);
    if (width === 8) turnFour(source + 4 * neighbourBytes, neighbourBytes, depth, panel + 16, 32);
    return;
  }
  for (let i: usize = 0; i < width; i++) {
    let value = source + i * neighbourBytes;
    for (let place = panel + i * 4; place < end; place += panelBytes) {
      store<f32>(place, i < count ? load<f32>(value) : 0);
      value += depthBytes;
    }
  }
}

/** Four rows of `depth` 32-bit values as `depth` groups of four, which are `groupBytes` apart. */
export function turnFour(
  source: usize,
  rowBytes: usize,
  depth: usize,
  target: usize,
  groupBytes: usize,
): void {
  const row2 = source + 2 * rowBytes;
  turn(source, source + rowBytes, row2, row2 + rowBytes, depth, target, groupBytes);
}

/** Four rows of `depth` values as `depth` groups of four, which are `groupBytes` apart. */
export function turn(
  row0: usize,
  row1: usize,
  row2: usize,
  row3: usize,
  depth: usize,
  target: usize,
  groupBytes: usize,
): void {
  let k: usize = 0;
  for (; k + 4 <= depth; k += 4) {
    const a = v128.load(row0);
    const b = v128.load(row1);
    const c = v128.load(row2);
    const d = v128.load(row3);
    const lowAB = v128.shuffle<f32>(a, b, 0, 4, 1, 5);
    const highAB = v128.shuffle<f32>(a, b, 2, 6, 3, 7);
    const lowCD = v128.shuffle<f32>(c, d, 0, 4, 1, 5);
    const highCD = v128.shuffle<f32>(c, d, 2, 6, 3, 7);
    v128.store(target, v128.shuffle<f32>(lowAB, lowCD, 0, 1, 4, 5));
    v128.store(target + groupBytes, v128.shuffle<f32>(lowAB, lowCD, 2, 3, 6, 7));
    v128.store(target + 2 * groupBytes, v128.shuffle<f32>(highAB, highCD, 0, 1, 4, 5));
    v128.store(target + 3 * groupBytes, v128.shuffle<f32>(highAB, highCD, 2, 3, 6, 7));
    target += 4 * groupBytes;
    row0 += 16;
    row1 += 16;
    row2 += 16;
    row3 += 16;
  }
  for (; k < depth; k++) {
    store<f32>(target, load<f32>(row0));
    store<f32>(target, load<f32>(row1), 4);
    store<f32>(target, load<f32>(row2), 8);
    store<f32>(target, load<f32>(row3), 12);
    target += groupBytes;
    row0 += 4;
    row1 += 4;
    row2 += 4;
    row3 += 4;
  }
}
