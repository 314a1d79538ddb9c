/** Releases and the ε that a published implementation finds for them together. */
export interface MixedReference {
  /** [sample rate, noise, noise multiplier or Laplace scale, count]. */
  readonly releases: readonly (readonly [number, 'gaussian' | 'laplace', number, number])[];
  readonly delta: number;
  readonly epsilon: number;
}

/**
 * By dp-accounting 0.6.0: `PLDAccountant(value_discretization_interval=1e-4)`, every release a
 * `SelfComposedDpEvent` of a `GaussianDpEvent` or `LaplaceDpEvent`, in a `PoissonSampledDpEvent`
 * where the rate is below 1.
 */
export const mixedReference: readonly MixedReference[] = [
  {
    releases: [
      [1, 'gaussian', 0.2, 1],
      [0.01, 'gaussian', 1, 100],
    ],
    delta: 1e-5,
    epsilon: 33.1195146,
  },
  {
    releases: [
      [1, 'gaussian', 1, 16],
      [0.01, 'gaussian', 1, 100],
    ],
    delta: 1e-5,
    epsilon: 24.3992618,
  },
  { releases: [[1, 'laplace', 0.02, 1]], delta: 1e-5, epsilon: 49.99998 },
  {
    releases: [
      [1, 'laplace', 42, 10_000],
      [1, 'gaussian', 3.6, 20],
    ],
    delta: 1e-6,
    epsilon: 15.7339038,
  },
  {
    releases: [
      [0.01, 'gaussian', 1, 1_000],
      [1, 'gaussian', 2, 1],
      [0.05, 'laplace', 0.5, 20],
    ],
    delta: 1e-5,
    epsilon: 3.5276297,
  },
  {
    releases: [
      [0.02, 'gaussian', 0.8, 500],
      [1, 'gaussian', 0.5, 1],
      [1, 'laplace', 2, 3],
    ],
    delta: 1e-6,
    epsilon: 13.2136334,
  },
  {
    releases: [
      [0.5, 'gaussian', 0.4, 3],
      [0.001, 'gaussian', 0.6, 10_000],
    ],
    delta: 1e-5,
    epsilon: 23.0750262,
  },
  {
    releases: [
      [0.999999, 'gaussian', 0.3, 2],
      [0.01, 'gaussian', 2, 1_000],
    ],
    delta: 1e-5,
    epsilon: 30.5331914,
  },
  {
    releases: [
      [0.9, 'laplace', 0.1, 2],
      [0.1, 'gaussian', 1, 50],
    ],
    delta: 1e-4,
    epsilon: 23.5327579,
  },
  { releases: [[1, 'laplace', 0.05, 3]], delta: 1e-6, epsilon: 59.999992 },
  {
    releases: [
      [0.05, 'gaussian', 2, 1_000],
      [0.02, 'gaussian', 4, 50],
      [1, 'laplace', 5, 4],
    ],
    delta: 1e-6,
    epsilon: 4.5506291,
  },
  {
    releases: [
      [0.3, 'laplace', 0.2, 10],
      [1, 'gaussian', 4, 10],
    ],
    delta: 1e-5,
    epsilon: 31.8037934,
  },
  {
    releases: [
      [1, 'gaussian', 0.15, 1],
      [0.2, 'laplace', 1, 30],
      [0.01, 'gaussian', 1, 100],
    ],
    delta: 1e-3,
    epsilon: 42.7384791,
  },
  {
    releases: [
      [0.001, 'gaussian', 1, 30_000],
      [0.01, 'gaussian', 5, 100],
      [1, 'laplace', 20, 1],
    ],
    delta: 1e-7,
    epsilon: 1.124786,
  },
  { releases: [[0.99, 'gaussian', 50, 10_000]], delta: 1e-5, epsilon: 9.8743993 },
  {
    releases: [
      [1, 'gaussian', 10, 1],
      [0.01, 'laplace', 0.1, 5],
    ],
    delta: 0.01,
    epsilon: 4.9454095,
  },
  { releases: [[0.0001, 'gaussian', 0.5, 1_000_000]], delta: 1e-6, epsilon: 4.730401 },
];
