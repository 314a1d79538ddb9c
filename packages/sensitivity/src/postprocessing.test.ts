import { describe, expect, it } from '@jest/globals';
import { AnalysisCalendar } from './analysisCalendar.ts';
import { rankCorrelation } from './rankCorrelation.ts';
import { smoothImpacts } from './smoothImpacts.ts';

describe('rankCorrelation', () => {
  it('is Spearman’s', () => {
    expect(rankCorrelation([1, 2, 3], [10, 20, 1000])).toBeCloseTo(1, 12);
    expect(rankCorrelation([1, 2, 3], [3, 2, 1])).toBeCloseTo(-1, 12);
    // 1 − 6·Σd²/(n(n² − 1)) = 1 − 6·2/60
    expect(rankCorrelation([1, 2, 3, 4], [2, 1, 3, 4])).toBeCloseTo(0.8, 12);
    // Ranks 0.5, 0.5, 2 against 0, 1, 2: 1.5/√(1.5·2)
    expect(rankCorrelation([5, 5, 9], [1, 2, 3])).toBeCloseTo(1.5 / Math.sqrt(3), 12);
    expect(rankCorrelation([1, 1], [1, 2])).toBeNaN();
    expect(() => rankCorrelation([1], [1, 2])).toThrow(/equal lengths, got 1 and 2/);
  });
});

describe('smoothImpacts', () => {
  it('starts with the first impacts and then moves by its weight', () => {
    const first = smoothImpacts(null, new Map([['a', 4]]), 0.25);
    expect(first).toEqual(new Map([['a', 4]]));
    expect(smoothImpacts(first, new Map([['a', 8]]), 0.25)).toEqual(new Map([['a', 5]]));
    for (const weight of [0, 1.1, NaN]) {
      expect(() => smoothImpacts(null, new Map(), weight)).toThrow(/^smoothing: expected/);
    }
  });
});

describe('AnalysisCalendar', () => {
  const order = (...values: number[]) => new Map(values.map((value, i) => [String(i), value]));
  /** Epochs in which a run analyses, given the impacts after each analysis. */
  function run(calendar: AnalysisCalendar, epochs: number, after: Map<string, number>[]) {
    const done: number[] = [];
    for (let epoch = 0; epoch < epochs; epoch++) {
      if (!calendar.isDue(epoch)) continue;
      const k = done.length;
      const impactsAt = (i: number) => after[i] ?? after.at(-1)!;
      calendar.record(epoch, k === 0 ? null : impactsAt(k - 1), impactsAt(k));
      done.push(epoch);
      expect(calendar.isDue(epoch)).toBe(false);
    }
    return done;
  }

  it('analyses as planned without adaptation', () => {
    const calendar = new AnalysisCalendar({ count: 5, interval: 2, adaptive: false });
    expect(run(calendar, 9, [order(1, 2, 3)])).toEqual([0, 2, 4, 6, 8]);
    const longer = new AnalysisCalendar({ count: 5, interval: 2, adaptive: false });
    expect(run(longer, 40, [order(1, 2, 3)])).toEqual([0, 2, 4, 6, 8]);
  });

  it('begins where it is told to, with the planned number', () => {
    const calendar = new AnalysisCalendar({ count: 3, interval: 2, start: 3, adaptive: false });
    expect(run(calendar, 20, [order(1, 2, 3)])).toEqual([3, 5, 7]);
    const adaptive = new AnalysisCalendar({ count: 9, interval: 2, start: 1 });
    expect(run(adaptive, 20, [order(1, 2, 3)])).toEqual([1, 3, 7, 13]);
  });

  it('skips more and more planned analyses while the order stays, and never adds one', () => {
    const calendar = new AnalysisCalendar({ count: 20, interval: 2 });
    const done = run(calendar, 40, [order(1, 2, 3)]);
    expect(done).toEqual([0, 2, 6, 12, 20, 28, 36]);
    expect(done.length).toBeLessThanOrEqual(20);
  });

  it('returns to every planned analysis when the order changes', () => {
    const calendar = new AnalysisCalendar({ count: 7, interval: 2 });
    const impacts = [order(1, 2, 3), order(1, 2, 3), order(3, 2, 1), order(1, 3, 2)];
    expect(run(calendar, 14, [...impacts, order(2, 1, 3)])).toEqual([0, 2, 6, 8, 10, 12]);
  });

  it('continues from its state', () => {
    const [one, other] = [1, 2].map(() => new AnalysisCalendar({ count: 20, interval: 2 }));
    run(one!, 10, [order(1, 2, 3)]);
    other!.restore(one!.state());
    const due = (calendar: AnalysisCalendar) =>
      Array.from({ length: 40 }, (_, epoch) => calendar.isDue(epoch));
    expect(due(other!)).toEqual(due(one!));
  });

  it('refuses invalid settings', () => {
    expect(() => new AnalysisCalendar({ count: 0, interval: 1 })).toThrow(/^count:/);
    expect(() => new AnalysisCalendar({ count: 1, interval: 0.5 })).toThrow(/^interval:/);
    expect(() => new AnalysisCalendar({ count: 1, interval: 1, start: -1 })).toThrow(/^start:/);
  });
});
