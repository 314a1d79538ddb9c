import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { cutUnits, MeasuredSpeeds } from './shares.ts';

describe('cutUnits', () => {
  it('cuts in proportion to speeds', () => {
    expect(cutUnits(100, [1, 1])).toEqual([0, 50, 100]);
    expect(cutUnits(103, [3, 1])).toEqual([0, 77, 103]);
    expect(cutUnits(0, [3, 1])).toEqual([0, 0, 0]);
    expect(cutUnits(1, [1, 9])).toEqual([0, 0, 1]);
  });

  it('covers all units once, and leaves no rank without any where there are enough', () => {
    const speed = fc.double({ min: 1e-6, max: 1e6, noNaN: true });
    const law = fc.property(fc.nat(3000), fc.array(speed, { minLength: 1 }), (units, speeds) => {
      const cuts = cutUnits(units, speeds);
      expect(cuts).toHaveLength(speeds.length + 1);
      expect([cuts[0], cuts.at(-1)]).toEqual([0, units]);
      const parts = speeds.map((_, rank) => cuts[rank + 1]! - cuts[rank]!);
      expect(Math.min(...parts)).toBeGreaterThanOrEqual(units >= speeds.length ? 1 : 0);
    });
    fc.assert(law, { seed: 22, numRuns: 300 });
  });
});

describe('MeasuredSpeeds', () => {
  it('begins with equal shares, and follows what is measured, the latest most', () => {
    const speeds = new MeasuredSpeeds(2);
    expect(speeds.shares).toEqual([0.5, 0.5]);
    speeds.add(0, 30, 1);
    // Nothing is known of the other one yet.
    expect(speeds.shares).toEqual([0.5, 0.5]);
    speeds.add(1, 10, 1);
    expect(speeds.shares).toEqual([0.75, 0.25]);
    for (let step = 0; step < 20; step++) speeds.add(0, 10, 1);
    expect(speeds.shares[0]).toBeCloseTo(0.5, 4);
  });

  it('learns nothing of no units', () => {
    const speeds = new MeasuredSpeeds(2);
    speeds.add(0, 0, 5);
    speeds.add(1, 4, 0);
    expect(speeds.speeds).toEqual([1, 1]);
  });
});
