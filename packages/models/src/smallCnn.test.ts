import { beforeAll, describe, expect, it } from '@jest/globals';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { layerInfo, validateModel } from '@dpquant/gradients';
import { smallCnn } from './smallCnn.ts';

beforeAll(async () => {
  tf.env().set('IS_NODE', false);
  await tf.setBackend('cpu');
});

const options = { inputShape: [28, 28, 1], classes: 10, seed: 1 } as const;
const weightsOf = (seed: number) =>
  smallCnn({ ...options, seed })
    .getWeights()
    .flatMap((weight) => [...weight.dataSync()]);

describe('smallCnn', () => {
  it('has the parameters and the work that its description says', () => {
    const model = smallCnn(options);
    expect(model.countParams()).toBe(27_018);
    const info = layerInfo(model).filter(({ quantizable }) => quantizable);
    expect(info.map(({ name }) => name)).toEqual(['conv1', 'conv2', 'conv3', 'dense']);
    expect(info.reduce((sum, layer) => sum + layer.multiplyAccumulates, 0)).toBe(323_744);
    expect(model.outputShape).toEqual([null, 10]);
  });

  it('can be trained privately', () => {
    expect(() => validateModel(smallCnn(options))).not.toThrow();
  });

  it('has the initial weights of its seed', () => {
    expect(weightsOf(1)).toEqual(weightsOf(1));
    expect(weightsOf(1)).not.toEqual(weightsOf(2));
  });

  it('takes colour images and other numbers of classes', () => {
    const model = smallCnn({ inputShape: [32, 32, 3], classes: 43, seed: 1 });
    expect((model.predict(tf.zeros([2, 32, 32, 3])) as tf.Tensor).shape).toEqual([2, 43]);
  });
});
