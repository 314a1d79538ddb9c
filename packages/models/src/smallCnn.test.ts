import { beforeAll, describe, expect, it } from '@jest/globals';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { layerInfo, type GroupNormalization } from '@dpquant/gradients';
import { smallCnn } from './smallCnn.ts';
import { expectLogitsOfEachImage, expectStructure } from './testing/structure.ts';

beforeAll(async () => {
  tf.env().set('IS_NODE', false);
  await tf.setBackend('cpu');
});

const options = { inputShape: [28, 28, 1], classes: 10, seed: 1 } as const;

describe('smallCnn', () => {
  it('has the documented parameters and multiply-accumulates', () => {
    const names = layerInfo(smallCnn(options)).flatMap((layer) =>
      layer.quantizable ? [layer.name] : [],
    );
    expect(names).toEqual(['conv1', 'conv2', 'conv3', 'dense']);
    expectStructure(smallCnn(options), {
      parameters: 27_018,
      multiplyAccumulates: 323_744,
      products: 4,
    });
  });

  it('supports colour images, other numbers of classes and other groups', () => {
    const groupsOf = (groups?: [number, number, number]) => {
      const model = smallCnn({
        inputShape: [32, 32, 3],
        classes: 43,
        seed: 1,
        ...(groups && { groups }),
      });
      expect(model.outputShape).toEqual([null, 43]);
      return [1, 2, 3].map((i) => (model.getLayer(`norm${i}`) as GroupNormalization).groups);
    };
    expect(groupsOf()).toEqual([2, 8, 8]);
    expect(groupsOf([1, 4, 16])).toEqual([1, 4, 16]);
  });

  it('gives each image independent logits', () => {
    expectLogitsOfEachImage(smallCnn({ inputShape: [9, 9, 1], classes: 3, seed: 1 }));
  });
});
