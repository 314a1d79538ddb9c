import { nextUniform } from './nextUniform.ts';

/** Standard Gumbel noise: −log of an exponential variate, which is −log(1 − u). */
export function gumbel(random: () => number): number {
  return -Math.log(-Math.log1p(-nextUniform(random)));
}
