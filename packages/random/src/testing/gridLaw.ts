const { exp, PI, sqrt } = Math;

/** P(from ≤ N < to) of a normal variate of this deviation, by Simpson's rule. */
export function gaussianMass(from: number, to: number, deviation: number): number {
  const panels = 64;
  const step = (to - from) / panels;
  let sum = 0;
  for (let i = 0; i <= panels; i++) {
    const weight = i === 0 || i === panels ? 1 : i % 2 === 1 ? 4 : 2;
    sum += weight * exp(-(((from + i * step) / deviation) ** 2) / 2);
  }
  return (sum * step) / 3 / (deviation * sqrt(2 * PI));
}

/** The distribution of a sum of uniform variates on 0 … size − 1, starting at 0. */
export function uniformSumLaw(count: number, size: number): number[] {
  let law = [1];
  for (let i = 0; i < count; i++) {
    const next = new Array<number>(law.length + size - 1).fill(0);
    law.forEach((share, j) => {
      for (let u = 0; u < size; u++) next[j + u]! += share / size;
    });
    law = next;
  }
  return law;
}

/**
 * The distribution of cell·⌊N/cell⌋ + U₁ + … + U_count, each U uniform on 0 … size − 1: the
 * probability of `value`.
 */
export function lawOfSum(
  value: number,
  deviation: number,
  { cell, size, count }: { cell: number; size: number; count: number },
): number {
  const law = uniformSumLaw(count, size);
  let sum = 0;
  for (const [low, share] of law.entries()) {
    const start = value - low;
    if (start % cell === 0) sum += share * gaussianMass(start, start + cell, deviation);
  }
  return sum;
}
