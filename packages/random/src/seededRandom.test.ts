import { describe, expect, it } from '@jest/globals';
import { SecureRandom } from './secureRandom.ts';
import { SeededRandom, type SeededRandomState } from './seededRandom.ts';
import type { RandomSource } from './randomSource.ts';

const draw = (source: RandomSource, count: number) =>
  Array.from({ length: count }, () => source.uint32());

describe('SeededRandom', () => {
  it('repeats itself only for the same seed and purpose', () => {
    const stream = draw(new SeededRandom(5, 'noise'), 40);
    expect(draw(new SeededRandom(5, 'noise'), 40)).toEqual(stream);
    expect(draw(new SeededRandom(5, 'sampling'), 40)).not.toEqual(stream);
    expect(draw(new SeededRandom(6, 'noise'), 40)).not.toEqual(stream);
  });

  it.each([0, 1, 15, 16, 17, 33])('continues from JSON after %i words', (count) => {
    const random = new SeededRandom(5, 'noise');
    draw(random, count);
    const copy = SeededRandom.fromJSON(JSON.parse(JSON.stringify(random)) as SeededRandomState);
    expect(draw(copy, 20)).toEqual(draw(random, 20));
  });
});

describe('SecureRandom', () => {
  it('differs between objects', () => {
    expect(draw(new SecureRandom(), 4)).not.toEqual(draw(new SecureRandom(), 4));
  });

  it('refuses to be serialized and shows no state', () => {
    const random = new SecureRandom();
    expect(() => JSON.stringify(random)).toThrow(/secret/);
    expect(Object.keys(random)).toEqual([]);
  });
});
