import { dot } from './byteTile';
import { addDots } from './integerTile';

/**
 * Whether the relaxed 16-bit dot is exact for byte products: tests every byte times every number
 * from 0 to 127, beside a neighbour that brings the pair's sum to either limit of 16 bits or back
 * to 0.
 */
export function narrowDotsAreExact(): bool {
  for (let a = -128; a < 128; a++) {
    for (let b = 0; b < 128; b++) {
      if (!isExact(a, b, -128, 127) || !isExact(a, b, 127, 127)) return false;
      if (!isExact(a, b, a, b) || !isExact(a, b, ~a, b) || !isExact(a, b, 1, 0)) return false;
    }
  }
  return true;
}

/** Pairs are in both orders, so that every lane is tested with both. */
function isExact(a: i32, b: i32, nextA: i32, nextB: i32): bool {
  const sum = a * b + nextA * nextB;
  const first = i32x4.splat(wordOf(a, nextA, nextA, a));
  const second = i32x4.splat(wordOf(b, nextB, nextB, b));
  return i16x8.all_true(i16x8.eq(dot(first, second), i16x8.splat(sum as i16)));
}

/**
 * The offset to add to the second operand of the relaxed dot of 32 bits, so that it is exact for
 * all bytes of magnitude 127 at most: 128 on processors that read the operand as unsigned, 0 on
 * those that read it as signed, −1 where neither is exact (where the dot is several instructions,
 * pairs may saturate at 16 bits).
 */
export function wideDotOffset(): i32 {
  if (wideDotsAreExact(0, 255)) return 128;
  return wideDotsAreExact(-128, 127) ? 0 : -1;
}

/**
 * For second operands from `least` to `most`: all pairs of bytes, beside neighbours that bring sums
 * to their limits.
 */
function wideDotsAreExact(least: i32, most: i32): bool {
  for (let a = -128; a < 128; a++) {
    for (let b = least; b <= most; b++) {
      if (!isWideExact(a, b, -128, most) || !isWideExact(a, b, 127, most)) return false;
      if (!isWideExact(a, b, -128, least) || !isWideExact(a, b, 127, least)) return false;
      if (!isWideExact(a, b, a, b) || !isWideExact(a, b, ~a, b) || !isWideExact(a, b, 1, 0)) {
        return false;
      }
    }
  }
  return true;
}

/** With sums that are 0 and sums at the limits, which must wrap around. */
function isWideExact(a: i32, b: i32, nextA: i32, nextB: i32): bool {
  const sum = 2 * (a * b + nextA * nextB);
  const first = i32x4.splat(wordOf(a, nextA, nextA, a));
  const second = i32x4.splat(wordOf(b, nextB, nextB, b));
  const starts = i32x4(0, i32.MAX_VALUE, i32.MIN_VALUE, -1);
  const expected = i32x4.add(starts, i32x4.splat(sum));
  return i32x4.all_true(i32x4.eq(addDots<i8>(first, second, starts), expected));
}

function wordOf(a: i32, b: i32, c: i32, d: i32): i32 {
  return (a & 255) | ((b & 255) << 8) | ((c & 255) << 16) | (d << 24);
}
