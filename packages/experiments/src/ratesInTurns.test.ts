import { expect, it } from '@jest/globals';
import { ratesInTurns, speedupsInTurns } from './ratesInTurns.ts';

it('returns the rate of each turn', async () => {
  let call = 0;
  const rates = await ratesInTurns(['a', 'b'], async (_, turn) => 10 * turn + call++, { turns: 2 });
  expect([...rates]).toEqual([
    ['a', [0, 12]],
    ['b', [1, 13]],
  ]);
});

it('measures in turns, and compares within each turn', async () => {
  const order: string[] = [];
  // The machine's speed halves with every turn.
  let call = 0;
  const speedups = await speedupsInTurns(
    ['a', 'b'],
    async (name) => {
      order.push(name);
      return (name === 'a' ? 10 : 15) / 2 ** Math.floor(call++ / 2);
    },
    { turns: 3 },
  );
  expect(order.join('')).toBe('ababab');
  expect([...speedups]).toEqual([
    ['a', 1],
    ['b', 1.5],
  ]);
});

it('is not affected by one disturbed turn', async () => {
  let turn = 0;
  const rateOf = async (name: string) => {
    if (name === 'a') turn++;
    return name === 'b' && turn === 2 ? 1 : name === 'b' ? 20 : 10;
  };
  expect((await speedupsInTurns(['a', 'b'], rateOf, { turns: 3 })).get('b')).toBe(2);
});

it('returns nothing if it is stopped', async () => {
  const stop = new AbortController();
  const rateOf = async () => {
    stop.abort();
    return 1;
  };
  expect(await speedupsInTurns(['a', 'b'], rateOf, { turns: 3, signal: stop.signal })).toEqual(
    new Map(),
  );
});
