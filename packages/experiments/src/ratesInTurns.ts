import { medianOf } from './statistics.ts';

/**
 * How much faster each of several things runs than the first, measured in turns (A B C A B C …), so
 * that what slows the machine for a while slows all: the median over the turns of its rate over
 * that of the first in the same turn.
 *
 * @param rateOf measures one of them for a short time
 * @returns by name; 1 for the first
 */
export async function speedupsInTurns(
  names: readonly string[],
  rateOf: (name: string) => Promise<number>,
  { turns, signal }: { readonly turns: number; readonly signal?: AbortSignal },
): Promise<Map<string, number>> {
  const ratios = new Map<string, number[]>(names.map((name) => [name, []]));
  for (let turn = 0; turn < turns; turn++) {
    let first: number | undefined;
    for (const name of names) {
      if (signal?.aborted) return new Map();
      const rate = await rateOf(name);
      first ??= rate;
      ratios.get(name)!.push(rate / first);
    }
  }
  return new Map([...ratios].map(([name, values]) => [name, medianOf(values)]));
}
