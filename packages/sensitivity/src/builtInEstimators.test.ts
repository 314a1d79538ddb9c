import { describe, expect, it } from '@jest/globals';
import { builtInEstimators, createEstimator } from './builtInEstimators.ts';

describe('createEstimator', () => {
  it('knows every built-in estimator by its own name', () => {
    expect([...builtInEstimators.keys()]).toEqual(['per-example', 'rollout']);
    for (const name of builtInEstimators.keys()) expect(createEstimator(name).name).toBe(name);
  });

  it('passes the options', () => {
    expect(createEstimator('per-example', { clipNorm: 3 }).sensitivity).toBe(3);
    const rollout = createEstimator('rollout', { clipNorm: 3, repeats: 4, steps: 5 });
    expect([rollout.sensitivity, rollout.batches]).toEqual([6, 21]);
    expect(() => createEstimator('per-example', { clipNorm: 0 })).toThrow(/clipNorm/);
  });

  it.each(['luck', '', 'constructor'])('lists the known names for %p', (name) => {
    expect(() => createEstimator(name)).toThrow(
      `estimator: expected one of per-example, rollout, got '${name}'`,
    );
  });
});
