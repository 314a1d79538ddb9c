import { expect, it } from '@jest/globals';
import type { PlanData } from '@dpquant/mechanisms';
import { analysisTimeText } from './analysisTimeText.ts';

/** A plan of 21 analysed layers, as far as the text looks at it. */
function planOf(steps: number, units: number): PlanData {
  const analyses = { count: 1, valueCount: 21, sampleRate: units / 8000 };
  return { steps, unitCount: 8000, sampleRate: 32 / 8000, analyses } as unknown as PlanData;
}

it('tells what analyses cost where few steps cannot pay for them', () => {
  // 22 passes of 32 examples, beside 24 steps of 32 that take as long as 3.5 passes.
  expect(analysisTimeText(planOf(24, 32), 'per-example')).toMatch(
    /may take 26 % of the time .* --analysis-interval/,
  );
});

it('says nothing where they take what they should, of rollouts, or without any', () => {
  expect(analysisTimeText(planOf(240, 32), 'per-example')).toBe('');
  expect(analysisTimeText(planOf(24, 32), 'rollout')).toBe('');
  const { analyses, ...others } = planOf(24, 32);
  expect(analyses).toBeDefined();
  expect(analysisTimeText(others, 'per-example')).toBe('');
});
