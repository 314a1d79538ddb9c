import { beforeAll, describe, expect, it } from '@jest/globals';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { softmaxCrossEntropy } from '@dpquant/gradients';
import { stripes, stripesModel } from '../testing/smallRun.ts';
import type { StepAnswer, StepRequest } from './gradientSource.ts';
import { localSource } from './localSource.ts';

beforeAll(async () => {
  tf.env().set('IS_NODE', false);
  await tf.setBackend('cpu');
});

describe('requests of a local source', () => {
  const request: StepRequest = {
    rows: Uint32Array.of(3, 8, 9, 20, 31, 40, 59, 2),
    views: Uint32Array.of(1, 2, 3, 4, 5, 6, 7, 8),
    rowsPerUnit: 2,
    assignment: new Map([['conv', 'luq-fp4']]),
    clipping: { rule: 'per-layer', clipNorm: 0.5 },
    randomness: { key: [1, 2], step: 3 },
    weightsVersion: 1,
    physicalBatchSize: 4,
  };
  const source = () =>
    localSource({ model: stripesModel(), training: stripes(), loss: softmaxCrossEntropy });
  const part = (start: number, end: number): StepRequest => ({
    ...request,
    rows: request.rows.subarray(start, end),
    views: request.views.subarray(start, end),
  });

  it('can be divided by units: the answers add up', async () => {
    const whole = await source().sum(request);
    // Each in its own model instance, whose weights nobody else changes.
    const parts: StepAnswer[] = [];
    for (const [start, end] of [
      [0, 2],
      [2, 8],
      [8, 8],
    ] as const) {
      parts.push(await source().sum(part(start, end)));
    }
    const total = (of: (answer: StepAnswer) => number) =>
      parts.reduce((sum, answer) => sum + of(answer), 0);
    whole.sums.forEach((sum, weight) =>
      sum.forEach((value, i) => expect(total(({ sums }) => sums[weight]![i]!)).toBe(value)),
    );
    expect(total(({ unclippedCount }) => unclippedCount)).toBe(whole.unclippedCount);
    expect(total(({ unsafe }) => unsafe.clippedCount)).toBe(whole.unsafe.clippedCount);
    expect(total(({ unsafe }) => unsafe.lossSum)).toBeCloseTo(whole.unsafe.lossSum, 4);
    expect(parts.flatMap(({ unsafe }) => [...unsafe.norms])).toHaveLength(4);
    for (const { sensitivity, gridUnit } of parts) {
      expect([sensitivity, gridUnit]).toEqual([whole.sensitivity, whole.gridUnit]);
    }
  });

  it.each<[string, Partial<StepRequest>, RegExp]>([
    [
      'for layers by other names',
      { assignment: new Map([['conv_1', 'luq-fp4']]) },
      /^assignment: expected layers out of conv, norm, .*got "conv_1"; give the source a model/,
    ],
    [
      'for a rule that is not known here',
      { clipping: { rule: 'mine', clipNorm: 1 } },
      /^clipping: expected one of flat,.*got 'mine'; .*registerClippingRule/,
    ],
    ['for units that are cut apart', { rowsPerUnit: 3 }, /^request: expected 3 rows of each unit/],
    [
      'without a view of each row',
      { views: new Uint32Array(7) },
      /^request: .*got 8 rows and 7 views/,
    ],
  ])('are refused %s', async (_, changes, message) => {
    await expect(source().sum({ ...request, ...changes })).rejects.toThrow(message);
  });

  it("reject with the signal's reason before a row is read", async () => {
    const reason = new Error('enough');
    const signal = AbortSignal.abort(reason);
    const { rows, views, randomness, assignment } = request;
    const group = { rows, views, randomness };
    const asked = { weightsVersion: 1, physicalBatchSize: 4, assignments: [assignment] };
    const answering = source();
    await expect(answering.sum(request, signal)).rejects.toBe(reason);
    await expect(answering.losses({ ...asked, groups: [group] }, signal)).rejects.toBe(reason);
  });

  it("give losses group after group, each with its group's random bits", async () => {
    const { rows, views, randomness, assignment } = request;
    const first = { rows: rows.subarray(0, 3), views: views.subarray(0, 3), randomness };
    const second = {
      rows: rows.subarray(0, 3),
      views: views.subarray(0, 3),
      randomness: { key: [5, 6], step: 3 } as const,
    };
    const empty = { rows: new Uint32Array(0), views: new Uint32Array(0), randomness };
    const asked = { weightsVersion: 1, physicalBatchSize: 2, assignments: [new Map(), assignment] };
    const answering = source();
    const both = await answering.losses({ ...asked, groups: [first, empty, second] });
    const alone = await answering.losses({ ...asked, groups: [second] });
    expect(both.map((list) => [...list.subarray(3)])).toEqual(alone.map((list) => [...list]));
    // Float32 layers round nothing: the bits show in the second assignment alone.
    expect(both[0]!.subarray(0, 3)).toEqual(alone[0]);
    expect(both[1]!.subarray(0, 3)).not.toEqual(alone[1]);
  });
});
