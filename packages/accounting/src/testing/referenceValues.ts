/**
 * Divergences of one step, exact by quadrature in 50 digits: [sample rate, noise multiplier, order,
 * value].
 */
export const rdpPerStep: readonly (readonly [number, number, number, number])[] = [
  [0.01, 2.5, 1.5, 1.30014179437608e-5],
  [0.01, 2.5, 2.5, 2.17083611383625e-5],
  [0.1, 2.0, 1.5, 0.00209893459571018],
  [0.1, 2.0, 16.5, 0.0500751384381438],
  [0.04, 1.5, 3.9, 0.00183320219958386],
  [0.05, 0.8, 1.1, 0.00425046765206128],
  [0.05, 0.8, 3.3, 0.0253612215246131],
  [0.2, 3.0, 7.2, 0.0187928884821294],
  [0.01, 1.0, 2, 0.000171813422074548],
  [0.01, 1.0, 8, 0.000893643907606032],
  [0.01, 1.0, 32, 11.2462759370481],
  [0.001, 1.0, 13, 1.22037566475559e-5],
  [0.01, 1.0, 1.25, 0.000105398005098176],
];

export interface ReferenceEpsilon {
  readonly sampleRate: number;
  readonly noiseMultiplier: number;
  readonly steps: number;
  readonly delta: number;
  /** By Rényi accounting at the default orders up to 63. */
  readonly rdp: number;
  /** By the privacy loss distribution on a grid of 1e-4. */
  readonly pld: number;
}

/** ε of published implementations. */
export const epsilons: readonly ReferenceEpsilon[] = (
  [
    [0.04, 1.5, 2250, 1e-5, 7.3291111714, 6.7687874],
    [0.0025, 1.3, 6000, 1e-5, 0.7242234026, 0.6401109],
    [0.001, 1.0, 30000, 1e-7, 1.4154988495, 1.0981998],
    [0.004266666666666667, 1.1, 14063, 1e-5, 2.5966555287, 2.3817788],
    [0.01, 1.0, 1000, 1e-5, 2.1013652716, 1.8282436],
    [0.01, 4.0, 10000, 1e-5, 1.035490066, 0.9469993],
    [0.05, 2.0, 1000, 1e-6, 4.4755013299, 4.1626113],
    [0.001, 0.8, 20000, 1e-6, 1.8971958764, 1.2861516],
    [0.05, 0.8, 100, 1e-6, 7.6627558024, 6.730629],
    [0.2, 3.0, 100, 1e-6, 3.6396651033, 3.3710554],
    [0.1, 3.0, 512, 1e-6, 4.0509699746, 3.7696866],
    [0.01024, 1.0, 9766, 1e-5, 6.8079614171, 6.2762337],
  ] as const
).map(([sampleRate, noiseMultiplier, steps, delta, rdp, pld]) => ({
  sampleRate,
  noiseMultiplier,
  steps,
  delta,
  rdp,
  pld,
}));
