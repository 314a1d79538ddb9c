import { medianOf } from './statistics.ts';

interface TurnOptions {
  readonly turns: number;
  readonly signal?: AbortSignal;
}

/**
 * The rates of several things, measured in turns (A B C A B C …), so that what slows the machine
 * for a while slows all.
 *
 * @param rateOf measures one of them for a short time
 * @returns by name, a rate for each turn; nothing where `signal` stopped it
 */
export async function ratesInTurns(
  names: readonly string[],
  rateOf: (name: string, turn: number) => Promise<number>,
  { turns, signal }: TurnOptions,
): Promise<Map<string, number[]>> {
  const rates = new Map<string, number[]>(names.map((name) => [name, []]));
  for (let turn = 0; turn < turns; turn++) {
    for (const [name, measured] of rates) {
      if (signal?.aborted) return new Map();
      measured.push(await rateOf(name, turn));
    }
  }
  return rates;
}

/**
 * How much faster each of several things runs than the first, measured in turns: the median over
 * the turns of its rate over that of the first in the same turn.
 *
 * @param rateOf measures one of them for a short time
 * @returns by name; 1 for the first
 */
export async function speedupsInTurns(
  names: readonly string[],
  rateOf: (name: string) => Promise<number>,
  options: TurnOptions,
): Promise<Map<string, number>> {
  const rates = await ratesInTurns(names, rateOf, options);
  const first = rates.get(names[0]!);
  return new Map(
    [...rates].map(([name, values]) => [
      name,
      medianOf(values.map((rate, i) => rate / first![i]!)),
    ]),
  );
}
