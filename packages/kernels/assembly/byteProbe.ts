import { dot } from './byteTile';

/**
 * Whether the relaxed dot gives exactly the integers that byte products take it for: every byte times every
 * number from 0 to 127, beside a neighbour that pulls its pair to either limit of 16 bits or back to 0.
 */
export function byteDotsAreExact(): bool {
  for (let a = -128; a < 128; a++) {
    for (let b = 0; b < 128; b++) {
      if (!isExact(a, b, -128, 127) || !isExact(a, b, 127, 127)) return false;
      if (!isExact(a, b, a, b) || !isExact(a, b, ~a, b) || !isExact(a, b, 1, 0)) return false;
    }
  }
  return true;
}

/** Pairs lie in both orders, so that every lane sees either. */
function isExact(a: i32, b: i32, nextA: i32, nextB: i32): bool {
  const sum = a * b + nextA * nextB;
  const first = i32x4.splat(wordOf(a, nextA, nextA, a));
  const second = i32x4.splat(wordOf(b, nextB, nextB, b));
  return i16x8.all_true(i16x8.eq(dot(first, second), i16x8.splat(sum as i16)));
}

function wordOf(a: i32, b: i32, c: i32, d: i32): i32 {
  return (a & 255) | ((b & 255) << 8) | ((c & 255) << 16) | (d << 24);
}
