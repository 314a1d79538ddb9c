import {
  SecureRandom,
  SeededRandom,
  type RandomSource,
  type SeededRandomState,
} from '@dpquant/random';

/** The purposes for which a plan draws randomness. */
export const purposes = ['sampling', 'noise', 'analysisSampling', 'analysisNoise'] as const;
export type Purpose = (typeof purposes)[number];

/** Position of the reproducible randomness of a plan with an insecure seed. */
export type PlanRandomState = Readonly<Record<Purpose, SeededRandomState>>;

/** Secure sources, or reproducible ones under an insecure seed. */
export function randomSources(
  insecureSeed: number | undefined,
  state: PlanRandomState | undefined,
): Record<Purpose, RandomSource> {
  const source = (purpose: Purpose): RandomSource => {
    if (insecureSeed === undefined) return new SecureRandom();
    if (state) return SeededRandom.fromJSON(state[purpose]);
    return new SeededRandom(insecureSeed, purpose);
  };
  return Object.fromEntries(purposes.map((purpose) => [purpose, source(purpose)])) as Record<
    Purpose,
    RandomSource
  >;
}
