/**
 * Gauss–Legendre quadrature: the number of panels that divide an interval, and nodes and weights
 * for each panel, scaled to [0, 1].
 */
export interface QuadratureRule {
  readonly panels: number;
  readonly nodes: readonly number[];
  readonly weights: readonly number[];
}

const twoNodes = /* @__PURE__ */ symmetricRule([[Math.sqrt(1 / 3), 1]]);
const threeNodes = /* @__PURE__ */ symmetricRule([
  [0, 8 / 9],
  [Math.sqrt(0.6), 5 / 9],
]);
const fiveNodes = /* @__PURE__ */ symmetricRule([
  [0, 0.5688888888888889],
  [0.5384693101056831, 0.47862867049936647],
  [0.906179845938664, 0.23692688505618908],
]);
const eightNodes = /* @__PURE__ */ symmetricRule([
  [0.1834346424956498, 0.362683783378362],
  [0.525532409916329, 0.31370664587788727],
  [0.7966664774136267, 0.22238103445337448],
  [0.9602898564975362, 0.10122853629037626],
]);

/** The non-negative nodes on [−1, 1], each with its weight. */
function symmetricRule(half: readonly (readonly [number, number])[]): QuadratureRule {
  const both = half.flatMap(([node, weight]) =>
    node === 0
      ? [[0.5, weight / 2] as const]
      : [-node, node].map((x) => [(1 + x) / 2, weight / 2] as const),
  );
  return {
    panels: 1,
    nodes: both.map(([node]) => node),
    weights: both.map(([, weight]) => weight),
  };
}

/**
 * A rule of relative error below 1e-13 for an integrand that changes by the factor e^change over
 * the interval, if it changes like an exponential, or like one times a factor that vanishes at one
 * end: of such an integral two nodes miss change³/540, three 6e-6·change⁵, five 8e-10·change⁹, and
 * eight 2e-18·change¹⁵.
 */
export function quadratureRule(change: number): QuadratureRule {
  if (change < 3e-4) return twoNodes;
  if (change < 0.025) return threeNodes;
  if (change < 0.3) return fiveNodes;
  return { ...eightNodes, panels: Math.ceil(change / 1.5) };
}
