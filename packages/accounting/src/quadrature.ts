/**
 * Gauss–Legendre quadrature: into how many panels to cut an interval, and nodes and weights on each
 * as if it were [0, 1].
 */
export interface QuadratureRule {
  readonly panels: number;
  readonly nodes: readonly number[];
  readonly weights: readonly number[];
}

const TWO_NODES = [0.5 - Math.sqrt(1 / 12), 0.5 + Math.sqrt(1 / 12)];
const TWO_WEIGHTS = [0.5, 0.5];
const THREE_NODES = [0.5 - Math.sqrt(0.15), 0.5, 0.5 + Math.sqrt(0.15)];
const THREE_WEIGHTS = [5 / 18, 8 / 18, 5 / 18];

/**
 * A rule of relative error below 1e-13 for an integrand that changes by the factor e^change over
 * the interval, if it changes like an exponential, or like one times a factor that vanishes at one
 * end: of such an integral two nodes miss change³/540, and three 6e-6·change⁵.
 */
export function quadratureRule(change: number): QuadratureRule {
  if (change < 3e-4) return { panels: 1, nodes: TWO_NODES, weights: TWO_WEIGHTS };
  return { panels: Math.ceil(change / 0.025), nodes: THREE_NODES, weights: THREE_WEIGHTS };
}
