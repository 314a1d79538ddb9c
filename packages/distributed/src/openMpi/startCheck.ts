import type { Communicator } from '../communicator.ts';

/** Numbers that only the right type adds up rightly: above 2³² and 2²⁴. */
const float64 = (rank: number) => 2 ** 52 - 3 - 5 * rank;
const int32 = (rank: number) => 2 ** 24 + 1 + rank;

/**
 * Adds up known whole numbers over all ranks; each gives one.
 *
 * @returns whether the sums are right; true on ranks other than 0, which do not get them
 */
export async function sumsAreRight(
  communicator: Pick<Communicator, 'rank' | 'size' | 'reduce'>,
): Promise<boolean> {
  const { rank, size } = communicator;
  // More would leave what the types hold.
  const takesPart = rank < 2;
  const doubles = new Float64Array([takesPart ? float64(rank) : 0]);
  const integers = new Int32Array([takesPart ? int32(rank) : 0]);
  await communicator.reduce(doubles);
  await communicator.reduce(integers);
  if (rank > 0) return true;
  const parts = [0, 1].slice(0, size);
  const expected = (of: (rank: number) => number) => parts.reduce((sum, each) => sum + of(each), 0);
  return doubles[0] === expected(float64) && integers[0] === expected(int32);
}
