import { expect, it } from '@jest/globals';
import { conclude, floatSums, lostSteps } from './runMessages.ts';
import type { RunSummary } from '@dpquant/training';
import { recorder } from '../testing/recordedCommand.ts';

const summary: RunSummary = {
  run: 'runs/a',
  backend: 'cpu',
  guarantee: 'differential privacy',
  arithmetic: 'exact',
  epsilon: 2.9999,
  noiseCloseness: 1.57e-6,
  epsilonSpent: 1.5,
  epsilonImported: 0,
  delta: 1e-5,
  epsilonTarget: 3,
  metrics: {},
  accuracy: 0.9,
  quantizedFraction: 0.75,
  theoreticalSpeedup: 2,
  seconds: 61,
  examplesPerSecond: 10,
  steps: 6,
  noiseMultiplier: 1,
  analyses: { count: 1, epsilon: 0.1, seconds: 1 },
  stopped: 'finished',
};

/** What is said of a run that was planned with eight steps. */
function said(changes: Partial<RunSummary>, lost = 0): string[] {
  const { terminal, err } = recorder();
  conclude({ ...summary, ...changes }, { lostSteps: lost, plannedSteps: 8 }, terminal);
  return err;
}

it('says what a run has reached, and counts in words', () => {
  expect(said({})).toEqual([
    'Done in 1:01: validation accuracy 90.00 %, ε = 3.000 at δ = 0.00001 (noise within ε′ = 0.0000016), 75 % of the layers in low precision',
    '1 analysis took 1.0 s; planned analyses add 0.100 to ε',
    'Model: runs/a/model',
  ]);
  const two = { count: 2, epsilon: null, seconds: 1 };
  expect(said({ analyses: two })[1]).toBe('2 analyses took 1.0 s');
});

it('has a word for an ε without a bound', () => {
  expect(said({ epsilon: null })[0]).toMatch(/ε = ∞ at δ/);
  expect(said({ epsilon: NaN })[0]).toMatch(/ε = unknown at δ/);
});

it('says how many steps were lost, and what that means', () => {
  expect(said({ stopped: 'privacy budget exhausted' }, 2)[1]).toBe(
    '2 steps that an interruption or a crash cut off are lost. They stay charged, so that the run ends within its ε ' +
      'after step 6 of 8',
  );
  expect(lostSteps(1, 8)).toMatch(/^1 step .* is lost\. It stays charged, .* after step 7 of 8$/);
});

it('says what was spent when the policy failed, and of no model', () => {
  const lines = said({ stopped: 'policy error' }, 1);
  expect(lines).toContain('Charged so far: 7 steps of 8, ε = 1.500 at δ = 0.00001');
  expect(lines.join()).not.toMatch(/Model/);
  const none = said({ stopped: 'policy error', guarantee: 'none', epsilonSpent: null });
  expect(none).toContain('Charged so far: 6 steps of 8');
});

it('says once why sums are not exact, and what to do', () => {
  const exact = { arithmetic: 'exact', before: null, found: { arithmetic: 'exact' } } as const;
  expect(floatSums(exact, 'webgpu')).toBeNull();
  const reason = 'layer "conv1" (Conv2D) has other bits at another place of the batch';
  const found = { arithmetic: 'float', reason, format: 'int8' } as const;
  const inFloat = { arithmetic: 'float', before: 'exact', found } as const;
  expect(floatSums(inFloat, 'webgpu')).toBe(
    `Sums are not exact on the backend webgpu in int8 (${reason}): the sensitivity of its sums holds to float ` +
      'rounding, and not to the bit; for exact sums start a run with --backend wasm',
  );
  expect(floatSums(inFloat, 'wasm')).toMatch(/; a layer, rule or loss of your own may be/);
  expect(floatSums({ ...inFloat, found: null }, 'node')).toMatch(
    /node \(the source .*--backend wasm$/,
  );
  const goesOn = { ...exact, arithmetic: 'float', before: 'float' } as const;
  expect(floatSums(goesOn, 'wasm')).toMatch(/^A part of this run was summed in float rounding/);
});
