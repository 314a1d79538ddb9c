import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { decisionAt, decisionCount, heldSteps } from './decisions.ts';
import { fullPrecisionEnd, fullPrecisionStart } from './fullPrecisionPhases.ts';
import { lossAware } from './lossAware.ts';
import type { LayerAssignment, ScheduleContext, SchedulePolicy } from './policy.ts';
import { probabilistic } from './probabilistic.ts';
import { quantizedFraction } from './quantizedFraction.ts';
import { staticPolicy } from './staticPolicy.ts';
import { contextOf, layersOf, mulberry32 } from './testing/scheduleContext.ts';

interface Length {
  readonly steps: number;
  readonly stepsPerEpoch: number;
  readonly interval?: number;
}

/** All decisions of a run, with a new policy from one decision on, as after a resume. */
function decided(
  policyOf: () => SchedulePolicy,
  length: Length,
  changes: Partial<ScheduleContext> = {},
  resumedAt = 0,
): LayerAssignment[] {
  const earlier: LayerAssignment[] = [];
  let policy = policyOf();
  for (let index = 0; index < decisionCount(length); index++) {
    if (index === resumedAt) policy = policyOf();
    const place = { ...decisionAt(length, index), random: mulberry32(index), ...changes };
    earlier.push(policy.select(contextOf(4, 0.5, { ...place, earlier: [...earlier] })));
  }
  return earlier;
}

const sizes = (assignments: readonly LayerAssignment[]) => assignments.map(({ size }) => size);
const epochs = { steps: 40, stepsPerEpoch: 5 };

describe('full precision', () => {
  it('at the end applies to every decision with steps in the phase', () => {
    const ending = (share: number, length: Length = epochs) =>
      sizes(decided(() => fullPrecisionEnd(probabilistic(), share), length));
    expect(ending(0.125)).toEqual([2, 2, 2, 2, 2, 2, 2, 0]);
    expect(ending(0.15)).toEqual([2, 2, 2, 2, 2, 2, 0, 0]);
    // A hundredth of 40 steps is rounded to none.
    expect(ending(0.01)).toEqual(new Array(8).fill(2));
    expect(ending(1)).toEqual(new Array(8).fill(0));
    // Ten steps in decisions of four, the last of them short.
    expect(ending(0.2, { steps: 10, stepsPerEpoch: 5, interval: 4 })).toEqual([2, 2, 0]);
  });

  it('at the start applies to every decision that begins in the phase', () => {
    const beginning = (share: number) =>
      sizes(decided(() => fullPrecisionStart(probabilistic(), share), epochs));
    expect(beginning(0.125)).toEqual([0, 2, 2, 2, 2, 2, 2, 2]);
    expect(beginning(0.15)).toEqual([0, 0, 2, 2, 2, 2, 2, 2]);
    expect(beginning(0)).toEqual(new Array(8).fill(2));
  });

  it('covers at least the share, and less than one decision more', () => {
    const count = fc.integer({ min: 1, max: 40 });
    const share = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(count, count, count, share, (steps, stepsPerEpoch, interval, p) => {
        const length = { steps, stepsPerEpoch, interval };
        for (const wrapped of [fullPrecisionEnd, fullPrecisionStart]) {
          const assignments = decided(() => wrapped(probabilistic(), p), length);
          const held = heldSteps(assignments.length, { interval, steps });
          const full = held.reduce((sum, n, i) => sum + (assignments[i]!.size === 0 ? n : 0), 0);
          expect(full).toBeGreaterThanOrEqual(Math.round(p * steps));
          expect(full).toBeLessThan(Math.round(p * steps) + interval);
        }
      }),
    );
  });

  it("does not change the decisions between, and is included in the run's fraction", () => {
    const both = () => fullPrecisionEnd(fullPrecisionStart(probabilistic(), 0.25), 0.25);
    const assignments = decided(both, epochs);
    const plain = decided(probabilistic, epochs);
    expect(sizes(assignments)).toEqual([0, 0, 2, 2, 2, 2, 0, 0]);
    expect(assignments.slice(2, 6)).toEqual(plain.slice(2, 6));
    expect(quantizedFraction({ layers: layersOf(4), assignments })).toBe(0.25);
  });

  it('keeps the layers of a static policy after a warm-up, also after a resume at any decision', () => {
    const warm = () => fullPrecisionStart(staticPolicy(), 0.25);
    const whole = decided(warm, epochs);
    expect(sizes(whole)).toEqual([0, 0, 2, 2, 2, 2, 2, 2]);
    expect(new Set(whole.slice(2).map((each) => [...each.keys()].join())).size).toBe(1);
    for (let at = 1; at < 8; at++) expect(decided(warm, epochs, {}, at)).toEqual(whole);
  });

  it('uses the other format, and reports probabilities accordingly', () => {
    const policy = fullPrecisionEnd(lossAware(), 0.5);
    expect(policy).toMatchObject({ name: 'loss-aware', usesLossImpacts: true });
    expect(fullPrecisionEnd(staticPolicy(), 0.5)).not.toHaveProperty('usesLossImpacts');
    const at = (index: number) =>
      contextOf(4, 0.5, { ...decisionAt(epochs, index), otherFormat: 'int8' });
    expect(new Set(policy.select(at(7)).values())).toEqual(new Set(['int8']));
    expect(policy.select(at(7)).size).toBe(4);
    expect([...policy.probabilities!(at(7))!.values()]).toEqual([0, 0, 0, 0]);
    expect([...policy.probabilities!(at(0))!.values()]).toEqual([0.5, 0.5, 0.5, 0.5]);
    const silent = fullPrecisionEnd({ name: 'silent', select: () => new Map() }, 0.5);
    expect(silent.probabilities!(at(0))).toBeNull();
  });

  it('refuses an invalid share, and a context without the steps', () => {
    expect(() => fullPrecisionEnd(probabilistic(), 1.5)).toThrow(/full-precision end: .*got 1\.5/);
    expect(() => fullPrecisionStart(probabilistic(), NaN)).toThrow(/full-precision start: .*NaN/);
    expect(() => fullPrecisionEnd(probabilistic(), 0.1).select(contextOf(4, 0.5))).toThrow(
      /^probabilistic: .*needs step, steps and interval of the context; decisionAt gives them/,
    );
  });
});
