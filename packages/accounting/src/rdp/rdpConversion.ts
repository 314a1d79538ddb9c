/** A Rényi guarantee: the divergence at each of several orders, in nats. */
export interface RdpCurve {
  readonly orders: readonly number[];
  readonly divergences: readonly number[];
}

/** Orders up to this one lose too many digits in α − 1. */
export const SMALLEST_ORDER = 1 + 1e-5;

/** The smallest ε that a Rényi guarantee proves for a δ, and the order at which it does. */
export interface RdpEpsilon {
  /** ≥ 0; Infinity if no order proves anything. */
  readonly epsilon: number;
  /** Undefined if no order proves anything. */
  readonly order: number | undefined;
}

/**
 * The improved conversion: min over α of r + log(1 − 1/α) − log(δα)/(α − 1) (Canonne, Kamath,
 * Steinke, "The discrete Gaussian for differential privacy", 2020, proposition 12), and 0 if the
 * total variation distance, at most √(1 − e^(−r)) (Bretagnolle and Huber), is below δ. At order 2
 * also log(1 + (e^r − 1)/4δ), which is far better for tiny privacy losses: with L the likelihood
 * ratio and g = e^ε − 1, δ is at most the mean of (L − 1 − g)⁺ ≤ (L − 1)²/4g, and that of (L − 1)²
 * is e^r − 1.
 */
export function epsilonFromRdp({ orders, divergences }: RdpCurve, delta: number): RdpEpsilon {
  let best: RdpEpsilon = { epsilon: Infinity, order: undefined };
  const logDelta = Math.log(delta);
  for (const [index, order] of orders.entries()) {
    const divergence = divergences[index]!;
    if (order <= SMALLEST_ORDER || !Number.isFinite(divergence)) continue;
    const epsilon =
      delta * delta + Math.expm1(-divergence) > 0
        ? 0
        : divergence + Math.log1p(-1 / order) - (logDelta + Math.log(order)) / (order - 1);
    if (epsilon < best.epsilon) best = { epsilon: Math.max(0, epsilon), order };
    const fromSquare = order === 2 ? Math.log1p(Math.expm1(divergence) / (4 * delta)) : Infinity;
    if (fromSquare < best.epsilon) best = { epsilon: fromSquare, order };
  }
  return best;
}

/**
 * The smallest δ that a Rényi guarantee proves for an ε, in [0, 1]: the same bounds, solved for δ.
 */
export function deltaFromRdp({ orders, divergences }: RdpCurve, epsilon: number): number {
  let logDelta = 0;
  for (const [index, order] of orders.entries()) {
    const divergence = divergences[index]!;
    if (order <= SMALLEST_ORDER || !Number.isFinite(divergence)) continue;
    const moment = (order - 1) * (divergence - epsilon + Math.log1p(-1 / order)) - Math.log(order);
    const totalVariation = Math.log(-Math.expm1(-divergence)) / 2;
    logDelta = Math.min(logDelta, moment, totalVariation);
    if (order === 2 && epsilon > 0) {
      const ratio = Math.expm1(divergence) / (4 * Math.expm1(epsilon));
      // If it overflows, the bound by the moment is better.
      if (ratio > 2 ** -1022) logDelta = Math.min(logDelta, Math.log(ratio));
    }
  }
  // δ is 0 only where nothing is released: underflow is rounded up to the smallest positive number.
  return logDelta === -Infinity ? 0 : Math.max(Number.MIN_VALUE, Math.exp(logDelta));
}
