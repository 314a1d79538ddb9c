/** Half the distance from 1 to the next float32. */
export const unitRoundoff = 2 ** -24;

/**
 * Below this share of ‖A‖²‖B‖² a ghost norm² is mostly cancellation and float64 no longer carries
 * it: the product is instantiated instead.
 */
export const cancellationLimit = 1e-9;

/**
 * How the squared norm of AᵀB is taken: *ghost*, Σ_ts (AAᵀ ∘ BBᵀ)_ts; *instantiate*, by forming AᵀB
 * (arXiv 2205.10683); *cheaper*, whichever takes fewer operations. The norm is the same.
 */
export type NormMethod = 'cheaper' | 'ghost' | 'instantiate';

/** Whether the norm of AᵀB with T = `positions` is taken by a ghost sum: T(p + d) < pd, unless forced. */
export function usesGhostNorm(
  method: NormMethod,
  positions: number,
  p: number,
  d: number,
): boolean {
  return method === 'cheaper' ? positions * (p + d) < p * d : method === 'ghost';
}

/**
 * Upper bound of ‖AᵀB‖² (Frobenius), the squared norm of one example's weight gradient, where A are
 * its inputs and B its output gradients at T positions.
 *
 * The bound adds what float32 loses when the gradient itself is formed as a sum over T positions:
 * (1 + √T)·2⁻²⁴·‖A‖‖B‖, one rounding of each scaled element of B and T roundings of the sum in the
 * probabilistic model of Higham and Mary (2019); at T = 1 each entry is one product and two
 * roundings. Where integers are summed exactly over positions and then multiplied by the folded factor, there
 * are at most two roundings, each of an entry of the gradient: of its conversion to float32, which is exact
 * up to T = 1040, and of the product. Their error of u·‖AᵀB‖, or 2u·‖AᵀB‖ beyond, is within the same bound,
 * without a model. It is not finite where A or B is not, also where zeros of the other hide that.
 *
 * @param a T×p, row after row
 * @param b T×d, row after row
 */
export function squaredGradientNormBound(
  a: Float64Array,
  b: Float64Array,
  positions: number,
  p: number,
  d: number,
  method: NormMethod = 'cheaper',
): number {
  const product = squaredNorm(a) * squaredNorm(b);
  if (positions === 1) return product * (1 + 4 * unitRoundoff);
  const rounding = (1 + Math.sqrt(positions)) * unitRoundoff * Math.sqrt(product);
  return (Math.sqrt(squaredGradientNorm(a, b, positions, p, d, method)) + rounding) ** 2;
}

/** ‖AᵀB‖² in float64. A ghost sum gives way where it cancels, also where it is forced. */
export function squaredGradientNorm(
  a: Float64Array,
  b: Float64Array,
  positions: number,
  p: number,
  d: number,
  method: NormMethod = 'cheaper',
): number {
  if (usesGhostNorm(method, positions, p, d)) {
    const squared = ghostSquaredNorm(a, b, positions, p, d);
    const product = squaredNorm(a) * squaredNorm(b);
    if (squared >= cancellationLimit * product) return squared;
  }
  return instantiatedSquaredNorm(a, b, positions, p, d);
}

/** Σ_ts (AAᵀ)_ts·(BBᵀ)_ts: T(T + 1)/2·(p + d) multiplications. */
export function ghostSquaredNorm(
  a: Float64Array,
  b: Float64Array,
  positions: number,
  p: number,
  d: number,
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
  positions: number,
  p: number,
  d: number,
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
  // By index: iterating a typed array takes over ten times as long.
  const { length } = values;
  for (let i = 0; i < length; i++) sum += values[i]! * values[i]!;
  return sum;
}
