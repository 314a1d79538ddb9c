import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { lowPrecisionShare, quantizedFraction } from './quantizedFraction.ts';
import { layersOf } from './testing/scheduleContext.ts';
import { theoreticalSpeedup } from './theoreticalSpeedup.ts';

const layer = (name: string, multiplyAccumulates: number) => ({
  name,
  parameters: 1,
  multiplyAccumulates,
});
const fp4 = (...names: string[]) => new Map(names.map((name) => [name, 'luq-fp4']));

describe('the shares of a schedule', () => {
  // a, b, c with 1, 2, 3 multiply-accumulates: 6 an epoch.
  const layers = layersOf(3);

  it('counts layers and work, averaged over the epochs', () => {
    const assignments = [fp4('a'), fp4('b', 'c'), new Map([['a', 'float32']])];
    expect(quantizedFraction({ layers, assignments })).toBeCloseTo(3 / 9, 15);
    expect(lowPrecisionShare({ layers, assignments })).toBeCloseTo(6 / 18, 15);
  });

  it('weights assignments by their steps', () => {
    const record = { layers, assignments: [fp4('a'), fp4('b', 'c'), fp4()], heldSteps: [3, 1, 0] };
    expect(quantizedFraction(record)).toBeCloseTo((3 * 1 + 1 * 2) / (4 * 3), 15);
    expect(lowPrecisionShare(record)).toBeCloseTo((3 * 1 + 1 * 5) / (4 * 6), 15);
    expect(theoreticalSpeedup(record)).toBeCloseTo(1 / (1 - (0.75 * (3 * 1 + 1 * 5)) / 24), 15);
    expect(quantizedFraction({ ...record, heldSteps: [0, 0, 0] })).toBe(0);
    expect(() => quantizedFraction({ ...record, heldSteps: [1] })).toThrow(
      /heldSteps: .* got \[1\]/,
    );
  });

  it('does not count layers in the other format', () => {
    const assignments = [new Map([...fp4('b'), ['a', 'fp8-e4m3'], ['c', 'fp8-e4m3']])];
    const otherFormat = 'fp8-e4m3';
    expect(quantizedFraction({ layers, assignments })).toBe(1);
    expect(quantizedFraction({ layers, assignments, otherFormat })).toBeCloseTo(1 / 3, 15);
    expect(lowPrecisionShare({ layers, assignments, otherFormat })).toBeCloseTo(2 / 6, 15);
  });

  it('is zero without layers, without work and without epochs', () => {
    for (const share of [quantizedFraction, lowPrecisionShare]) {
      expect(share({ layers, assignments: [] })).toBe(0);
      expect(share({ layers: [], assignments: [fp4()] })).toBe(0);
    }
    expect(lowPrecisionShare({ layers: [layer('a', 0)], assignments: [fp4('a')] })).toBe(0);
  });
});

describe('theoreticalSpeedup', () => {
  const layers = [layer('small', 1), layer('large', 9)];

  it('is 1 in float32, and for a run without epochs', () => {
    expect(theoreticalSpeedup({ layers, assignments: [new Map(), new Map()] })).toBe(1);
    expect(theoreticalSpeedup({ layers, assignments: [] })).toBe(1);
  });

  it('is 1/0.325 at p = 0.9, the bound of the paper', () => {
    expect(theoreticalSpeedup({ layers, assignments: [fp4('large')] })).toBeCloseTo(1 / 0.325, 14);
  });

  it('follows T = T_analysis + (1 − p + p/4)(T_train − T_overhead) + T_overhead', () => {
    // p = (0.9 + 0.1)/2 = 0.5, T/T_train = 0.05 + 0.625·0.8 + 0.2 = 0.75
    const speedup = theoreticalSpeedup({
      layers,
      assignments: [fp4('large'), fp4('small')],
      overheadShare: 0.2,
      analysisShare: 0.05,
    });
    expect(speedup).toBeCloseTo(1 / 0.75, 14);
  });

  it('agrees with the formula for any schedule in four bits', () => {
    const epoch = fc.subarray(['a', 'b', 'c', 'd', 'e']).map((names) => fp4(...names));
    const share = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(fc.array(epoch, { maxLength: 6 }), share, share, (assignments, o, a) => {
        const record = { layers: layersOf(5), assignments };
        const p = lowPrecisionShare(record);
        const expected = 1 / (a + (1 - p + p / 4) * (1 - o) + o);
        expect(theoreticalSpeedup({ ...record, overheadShare: o, analysisShare: a })).toBeCloseTo(
          expected,
          12,
        );
      }),
    );
  });

  it('uses the speed-up of each format', () => {
    const assignments = [
      new Map([
        ['small', 'luq-fp4'],
        ['large', 'int8'],
      ]),
    ];
    // 0.1/4 + 0.9/2 = 0.475
    expect(theoreticalSpeedup({ layers, assignments })).toBeCloseTo(1 / 0.475, 14);
    const formatSpeedups = new Map([
      ['luq-fp4', 10],
      ['int8', 3],
    ]);
    // 0.1/10 + 0.9/3 = 0.31
    expect(theoreticalSpeedup({ layers, assignments, formatSpeedups })).toBeCloseTo(1 / 0.31, 14);
  });

  it('names a format without a known speed-up', () => {
    const assignments = [new Map([['small', 'ternary']])];
    expect(() => theoreticalSpeedup({ layers, assignments })).toThrow(/'ternary'.*formatSpeedups/);
  });

  it.each([
    [{ overheadShare: 1.1 }, /overheadShare/],
    [{ overheadShare: NaN }, /overheadShare/],
    [{ analysisShare: -1 }, /analysisShare/],
    [{ layers: [layer('conv', -1)] }, /layer 'conv'.*got -1/],
    [{ formatSpeedups: new Map([['luq-fp4', 0]]) }, /above 0 for 'luq-fp4', got 0/],
  ])('refuses %p', (changes, message) => {
    expect(() => theoreticalSpeedup({ layers, assignments: [fp4('large')], ...changes })).toThrow(
      message,
    );
  });
});
