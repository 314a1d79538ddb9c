import { describe, expect, it } from '@jest/globals';
import { layersInFormat } from './assignFormats.ts';
import { builtInPolicies, createPolicy } from './builtInPolicies.ts';
import { fullPrecision } from './fullPrecision.ts';
import type { ScheduleContext } from './policy.ts';
import { probabilistic } from './probabilistic.ts';
import { staticPolicy } from './staticPolicy.ts';
import { contextOf } from './testing/scheduleContext.ts';
import { uniformOrder } from './uniformOrder.ts';

const firstFour = (context: ScheduleContext) => [...uniformOrder(context).slice(0, 4)].sort();

describe('fullPrecision', () => {
  it('quantizes nothing, whatever the budget and the other format', () => {
    expect(fullPrecision().select(contextOf(8, 1, { otherFormat: 'fp8-e4m3' })).size).toBe(0);
  });
});

describe('probabilistic', () => {
  it('assigns the format to a new draw in each epoch', () => {
    const context = contextOf(8, 0.5, { format: 'int4' });
    const sameDraws = contextOf(8, 0.5);
    const policy = probabilistic();
    const epochs = [0, 1, 2].map((epoch) => policy.select({ ...context, epoch }));
    for (const assignment of epochs) {
      expect([...assignment.keys()]).toEqual(firstFour(sameDraws));
      expect(new Set(assignment.values())).toEqual(new Set(['int4']));
    }
    expect(new Set(epochs.map((assignment) => [...assignment.keys()].join())).size).toBe(3);
  });
});

describe('staticPolicy', () => {
  it('draws once and keeps the layers', () => {
    const policy = staticPolicy();
    const context = contextOf(8, 0.5);
    const first = policy.select(context);
    expect([...first.keys()]).toEqual(firstFour(contextOf(8, 0.5)));
    for (let epoch = 1; epoch < 20; epoch++) {
      expect(policy.select({ ...context, epoch })).toEqual(first);
    }
  });

  it('draws different layers under different random numbers', () => {
    const context = contextOf(12, 0.5);
    const draws = Array.from({ length: 5 }, () =>
      [...staticPolicy().select(context).keys()].join(),
    );
    expect(new Set(draws).size).toBe(5);
  });

  it.each([undefined, 'fp8-e4m3'])(
    'restores the layers that an earlier epoch quantized, others in %p',
    (otherFormat) => {
      const first = staticPolicy().select(contextOf(8, 0.5, { otherFormat }));
      const resumed = createPolicy('static', { layers: layersInFormat(first, 'luq-fp4') });
      const random = () => {
        throw new Error('a restored policy draws nothing');
      };
      const later = contextOf(8, 0.5, { epoch: 7, random, otherFormat });
      expect(resumed.select(later)).toEqual(first);
      const goesOn = { ...later, earlier: [first, new Map([['a', 'luq-fp4']])] };
      expect(staticPolicy().select(goesOn)).toEqual(first);
    },
  );

  it('does not change with its arguments or its result', () => {
    const layers = ['a', 'b'];
    const policy = staticPolicy({ layers });
    layers.push('c');
    (policy.select(contextOf(4, 0.5)) as Map<string, string>).clear();
    expect([...policy.select(contextOf(4, 0.5)).keys()]).toEqual(['a', 'b']);
  });

  it('names a restored layer that the model does not have', () => {
    const policy = staticPolicy({ layers: ['a', 'conv9'] });
    expect(() => policy.select(contextOf(2, 0.5))).toThrow(
      /static policy: .*no quantizable layer 'conv9'; it has a, b/,
    );
  });
});

describe('createPolicy', () => {
  const schedule = { assignments: [new Map([['a', 'int8']])] };

  it('knows every built-in policy by its own name', () => {
    expect([...builtInPolicies.keys()]).toEqual([
      'full',
      'static',
      'probabilistic',
      'loss-aware',
      'fixed',
    ]);
    for (const name of builtInPolicies.keys()) {
      expect(createPolicy(name, { schedule }).name).toBe(name);
    }
  });

  it('passes each policy its options', () => {
    expect(createPolicy('fixed', { schedule }).select(contextOf(2, 0))).toEqual(
      schedule.assignments[0],
    );
    expect(() => createPolicy('loss-aware', { temperature: 0 })).toThrow(/temperature/);
    expect(() => createPolicy('fixed', { schedule: { assignments: [] } })).toThrow(
      /at least one epoch/,
    );
    expect(() => createPolicy('fixed')).toThrow(/option schedule, got none; .*--schedule/);
  });

  it.each(['loss', '', 'constructor'])('lists the known names for %p', (name) => {
    expect(() => createPolicy(name)).toThrow(
      `policy: expected one of full, static, probabilistic, loss-aware, fixed, got '${name}'`,
    );
  });
});
