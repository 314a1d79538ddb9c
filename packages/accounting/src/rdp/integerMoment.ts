/** Read once, because reading `Math` is slow in the sandbox of a test runner. */
const { exp, log, expm1, max } = Math;

/**
 * log Σ_{i=2}^{order} C(order, i) rateⁱ rest^(order−i) e^logFactor(i), all terms being positive. If
 * the factors are moments minus one, which are 0 for i = 0 and i = 1, the result is a moment minus
 * one; subtracting one from a full moment would lose it to rounding. An upper bound, including
 * rounding errors.
 *
 * @param order an integer ≥ 2
 */
export function logIntegerMoment(
  order: number,
  logRate: number,
  logRest: number,
  logFactor: (i: number) => number,
): number {
  const logs = new Float64Array(order - 1);
  let largest = -Infinity;
  let largestBinomial = 0;
  let logBinomial = log(order);
  for (let i = 2; i <= order; i++) {
    logBinomial += log((order - i + 1) / i);
    largestBinomial = max(largestBinomial, logBinomial);
    const rest = i === order ? 0 : (order - i) * logRest;
    const term = logBinomial + i * logRate + rest + logFactor(i);
    logs[i - 2] = term;
    largest = max(largest, term);
  }
  if (!Number.isFinite(largest)) return largest;
  const logSum = largest + log(logs.reduce((sum, term) => sum + exp(term - largest), 0));
  // The terms of a log may be much larger than the log itself: their rounding error is added.
  const parts = order * (1 + largestBinomial - logRate - logRest);
  return logSum + 2 * Number.EPSILON * (parts + Math.abs(logSum));
}

/** log(eˣ − 1) for x ≥ 0. */
export function logExpMinusOne(x: number): number {
  return x > 40 ? x : log(expm1(x));
}
