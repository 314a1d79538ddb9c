/**
 * An ε for display, rounded up since it is an upper bound: `decimals` decimals, or more below 0.1
 * to keep three significant digits; null, which is JSON's infinity, is ∞.
 */
export function epsilonText(epsilon: number | null, decimals = 3): string {
  if (epsilon === null || epsilon === Infinity) return '∞';
  if (Number.isNaN(epsilon)) return 'unknown';
  if (epsilon <= 0) return '0';
  const needed = epsilon < 0.1 ? 2 - Math.floor(Math.log10(epsilon)) : 0;
  const digits = Math.max(decimals, needed);
  if (digits > 15) return epsilon.toPrecision(3);
  const scale = 10 ** digits;
  // What is a billionth of its last digit too large is a rounding error of the sum.
  const rounded = Math.ceil(epsilon * scale - 1e-6) / scale;
  return needed > decimals ? String(rounded) : rounded.toFixed(digits);
}

/** An ε that is shown to be spent at least, rounded down. */
export function lowerEpsilonText(epsilon: number): string {
  return Number.isFinite(epsilon)
    ? (Math.floor(epsilon * 1000) / 1000).toFixed(3)
    : epsilonText(epsilon);
}
