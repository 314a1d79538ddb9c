import { medianOf } from './statistics.ts';

interface TurnOptions {
  readonly turns: number;
  readonly signal?: AbortSignal;
}

/**
 * Measures several rates in turns (A B C A B C …), so that a temporary slowdown of the machine
 * affects all of them.
 *
 * @param rateOf measures one rate for a short time
 * @returns by name, one rate per turn; empty if `signal` stopped it
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
 * Speed of each item relative to the first, measured in turns: the median over the turns of the
 * ratio of the rates in one turn.
 *
 * @param rateOf measures one rate for a short time
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
