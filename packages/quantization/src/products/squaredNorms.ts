/** Unit roundoff of float32: half the distance from 1 to the next number. */
export const unitRoundoff = 2 ** -24;

/**
 * The sizes of one example's operands: A [T, p] are its inputs at T positions, B [T, d] its output
 * gradients.
 */
export interface ProductSizes {
  readonly positions: number;
  readonly p: number;
  readonly d: number;
}

/**
 * How the squared norm of AᵀB is computed: *ghost*, Σ_ts (AAᵀ ∘ BBᵀ)_ts; *instantiate*, by forming
 * AᵀB (arXiv 2205.10683); *cheaper*, the one with fewer operations. The norm is the same.
 */
export type NormMethod = 'cheaper' | 'ghost' | 'instantiate';

/**
 * Whether the norm of AᵀB with T = `positions` is computed by a ghost sum: T(p + d) < pd, unless
 * forced.
 */
export function usesGhostNorm(method: NormMethod, { positions, p, d }: ProductSizes): boolean {
  return method === 'cheaper' ? positions * (p + d) < p * d : method === 'ghost';
}

/**
 * ‖AᵀB‖² as Σ_ts (AAᵀ)_ts·(BBᵀ)_ts: T(T + 1)/2·(p + d) multiplications.
 *
 * @param a T×p, row after row
 * @param b T×d, row after row
 */
export function ghostSquaredNorm(
  a: Float64Array,
  b: Float64Array,
  { positions, p, d }: ProductSizes,
): number {
  let sum = 0;
  for (let t = 0; t < positions; t++) {
    for (let s = 0; s <= t; s++) {
      const bDot = dot(b, t * d, s * d, d);
      if (bDot !== 0) sum += (s === t ? 1 : 2) * bDot * dot(a, t * p, s * p, p);
    }
  }
  return sum;
}

/**
 * ‖AᵀB‖² by forming AᵀB, two rows and four columns at a time, which stay in registers: T·p·d
 * multiplications.
 */
export function instantiatedSquaredNorm(
  a: Float64Array,
  b: Float64Array,
  { positions, p, d }: ProductSizes,
): number {
  let sum = 0;
  const blockedRows = p - (p % 2);
  const blockedColumns = d - (d % 4);
  for (let j = 0; j < blockedColumns; j += 4) {
    for (let i = 0; i < blockedRows; i += 2) {
      let x0 = 0;
      let x1 = 0;
      let x2 = 0;
      let x3 = 0;
      let y0 = 0;
      let y1 = 0;
      let y2 = 0;
      let y3 = 0;
      let column = j;
      for (let row = i; row < positions * p; row += p, column += d) {
        const x = a[row]!;
        const y = a[row + 1]!;
        if (x === 0 && y === 0) continue;
        const b0 = b[column]!;
        const b1 = b[column + 1]!;
        const b2 = b[column + 2]!;
        const b3 = b[column + 3]!;
        x0 += x * b0;
        x1 += x * b1;
        x2 += x * b2;
        x3 += x * b3;
        y0 += y * b0;
        y1 += y * b1;
        y2 += y * b2;
        y3 += y * b3;
      }
      sum += x0 * x0 + x1 * x1 + x2 * x2 + x3 * x3 + y0 * y0 + y1 * y1 + y2 * y2 + y3 * y3;
    }
  }
  const entrySquared = (i: number, j: number) => {
    let entry = 0;
    for (let t = 0; t < positions; t++) entry += a[t * p + i]! * b[t * d + j]!;
    return entry * entry;
  };
  for (let i = 0; i < p; i++) {
    for (let j = i < blockedRows ? blockedColumns : 0; j < d; j++) sum += entrySquared(i, j);
  }
  return sum;
}

/** Inner product of two rows of `values`. */
function dot(values: Float64Array, first: number, second: number, length: number): number {
  let even = 0;
  let odd = 0;
  let i = 0;
  for (; i + 1 < length; i += 2) {
    even += values[first + i]! * values[second + i]!;
    odd += values[first + i + 1]! * values[second + i + 1]!;
  }
  if (i < length) even += values[first + i]! * values[second + i]!;
  return even + odd;
}

/** Σ x², in float64. */
export function squaredNorm(values: Float32Array | Float64Array): number {
  let sum = 0;
  // By index, because iterating over a typed array is over ten times slower.
  const { length } = values;
  for (let i = 0; i < length; i++) sum += values[i]! * values[i]!;
  return sum;
}
