/** Read once, because reading `Math` is slow in the sandbox of a test runner. */
const { exp, expm1, log, log1p } = Math;

/** Slightly beyond this exponent e^λ overflows. */
const LARGE = 700;

/**
 * The privacy loss log(1 − q + q·e^λ) of a mechanism that runs on a Poisson sample, λ being the log
 * likelihood ratio of the plain mechanism. Accurate to a few units in the last place for every rate
 * in (0, 1], also close to 1, and every λ. If the sum is far from 1, it is computed from its two
 * positive parts, since a difference from 1 would lose every digit of q·e^λ.
 */
export function sampledLoss(sampleRate: number, logRatio: number): number {
  if (sampleRate === 1) return logRatio;
  if (logRatio > LARGE) return logRatio + log(sampleRate + (1 - sampleRate) * exp(-logRatio));
  const excess = sampleRate * expm1(logRatio);
  return excess < -0.5 ? log(1 - sampleRate + sampleRate * exp(logRatio)) : log1p(excess);
}

/** The λ at which `sampledLoss` is a given loss; −∞ where every λ has a larger one. */
export function logRatioOfLoss(sampleRate: number, loss: number): number {
  if (sampleRate === 1) return loss;
  if (loss > 1) return loss - log(sampleRate) + log(1 - (1 - sampleRate) * exp(-loss));
  const relative = expm1(loss) / sampleRate;
  if (relative >= -0.5) return log1p(relative);
  const rest = exp(loss) - (1 - sampleRate);
  return rest > 0 ? log(rest / sampleRate) : -Infinity;
}
