import { beforeAll, describe, it } from '@jest/globals';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { resnet20 } from './resnet20.ts';
import { expectLogitsOfEachImage, expectStructure } from './testing/structure.ts';

beforeAll(async () => {
  tf.env().set('IS_NODE', false);
  await tf.setBackend('cpu');
});

describe('resnet20', () => {
  // The paper's network has 269,722 parameters with batch normalization; the projections add 512 +
  // 2048 weights and two vectors of 32 and of 64.
  it('has the documented parameters and multiply-accumulates', () => {
    expectStructure(resnet20({ inputShape: [32, 32, 3], classes: 10, seed: 1 }), {
      parameters: 269_722 + 512 + 2048 + 2 * (32 + 64),
      multiplyAccumulates: 40_813_184,
      products: 22,
    });
  });

  it('supports images of 28×28 pixels with one channel', () => {
    expectStructure(resnet20({ inputShape: [28, 28, 1], classes: 10, seed: 1 }), {
      parameters: 272_474 - 2 * 9 * 16,
      multiplyAccumulates: 31_021_952,
      products: 22,
    });
  });

  it('gives each image independent logits', () => {
    expectLogitsOfEachImage(resnet20({ inputShape: [8, 7, 1], classes: 3, seed: 1 }));
  });
});
