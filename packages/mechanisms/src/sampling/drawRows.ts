import { uniformInteger, type RandomSource } from '@dpquant/random';

/**
 * Draws `count` random rows of one privacy unit. Rows are drawn without replacement; if the unit
 * has fewer, all of them are used again, so that every unit contributes the mean of equally many
 * rows.
 *
 * @param rows rows of the unit, at least one
 */
export function drawRows(rows: ArrayLike<number>, count: number, random: RandomSource): number[] {
  if (rows.length === 0) throw new RangeError('drawRows: the privacy unit has no rows');
  if (rows.length === 1) return new Array<number>(count).fill(rows[0]!);
  const drawn: number[] = [];
  while (drawn.length < count) {
    const left = Array.from(rows);
    const places = Math.min(left.length, count - drawn.length);
    for (let place = 0; place < places; place++) {
      const other = place + uniformInteger(random, left.length - place);
      [left[place], left[other]] = [left[other]!, left[place]!];
      drawn.push(left[place]!);
    }
  }
  return drawn;
}
