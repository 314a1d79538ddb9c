import { nextUniform } from './uniformNumber.ts';

/** Standard Gumbel noise: −log of an exponential number, itself −log(1 − u). */
export function gumbel(random: () => number): number {
  return -Math.log(-Math.log1p(-nextUniform(random)));
}
