import { beforeAll, describe, expect, it } from '@jest/globals';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { mlp } from './mlp.ts';
import { expectLogitsOfEachImage, expectStructure } from './testing/structure.ts';

beforeAll(async () => {
  tf.env().set('IS_NODE', false);
  await tf.setBackend('cpu');
});

describe('mlp', () => {
  it('has the documented parameters and multiply-accumulates', () => {
    expectStructure(mlp({ inputShape: [28, 28, 1], classes: 10, seed: 1 }), {
      parameters: 235_146,
      multiplyAccumulates: 234_752,
      products: 3,
    });
  });

  it('supports other sizes, normalization and rows of a table', () => {
    const options = { inputShape: [5], classes: 2, seed: 1 };
    // 5·8 + 8 + 8·2 + 2, and two vectors of 8.
    const expected = { parameters: 66, multiplyAccumulates: 56, products: 2 };
    expectStructure(mlp({ ...options, hiddenUnits: [8] }), expected);
    expectStructure(mlp({ ...options, hiddenUnits: [8], groups: 4 }), {
      ...expected,
      parameters: 82,
    });
    expectStructure(mlp({ ...options, hiddenUnits: [] }), {
      parameters: 12,
      multiplyAccumulates: 10,
      products: 1,
    });
    expect(() => mlp({ ...options, inputShape: [] })).toThrow(/mlp: inputShape.*got \[\]/);
    expect(() => mlp({ ...options, hiddenUnits: [8, 0] })).toThrow(/hiddenUnits.*got \[8, 0\]/);
  });

  it('gives each example independent logits', () => {
    expectLogitsOfEachImage(mlp({ inputShape: [3, 4, 2], classes: 3, seed: 1 }));
    expectLogitsOfEachImage(mlp({ inputShape: [6], classes: 3, seed: 1, groups: 32 }));
  });
});
