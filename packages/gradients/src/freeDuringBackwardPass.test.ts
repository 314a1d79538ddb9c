import { afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { contribute } from './contribute.ts';
import { freeDuringBackwardPass } from './freeDuringBackwardPass.ts';
import { GroupNormalization } from './layers/groupNormalization.ts';
import { softmaxCrossEntropy } from './losses.ts';
import { optionsFor } from './testing/comparison.ts';
import { randomBatch } from './testing/models.ts';

beforeAll(async () => {
  tf.env().set('IS_NODE', false);
  await tf.setBackend('cpu');
});

afterEach(() => void jest.restoreAllMocks());

/**
 * The largest number of bytes of values that the backend holds at any time while `body` runs,
 * without those that it held before. Tensors that share their values count once.
 */
async function mostBytesOf(body: () => unknown): Promise<number> {
  const backend = tf.backend() as MathBackendCPU;
  const write = backend.write.bind(backend);
  const free = backend.disposeData.bind(backend);
  const sizes = new Map<object, number>();
  let held = 0;
  let most = 0;
  const spies = [
    jest.spyOn(backend, 'write').mockImplementation((values, shape, dtype) => {
      const dataId = write(values, shape, dtype);
      const bytes = tf.util.sizeFromShape(shape) * tf.util.bytesPerElement(dtype);
      sizes.set(dataId, bytes);
      most = Math.max(most, (held += bytes));
      return dataId;
    }),
    jest.spyOn(backend, 'disposeData').mockImplementation((dataId, force) => {
      const isFreed = free(dataId, force);
      if (isFreed) {
        held -= sizes.get(dataId) ?? 0;
        sizes.delete(dataId);
      }
      return isFreed;
    }),
  ];
  await body();
  for (const spy of spies) spy.mockRestore();
  return most;
}

/** Gradients with respect to a weight, with and without early freeing. */
function gradientsOf(f: (weight: tf.Variable) => tf.Scalar): [freed: number[], kept: number[]] {
  const weight = tf.variable(tf.tensor1d([0.5, -1, 2]));
  const before = tf.memory().numTensors;
  const [freed, kept] = [true, false].map((isFreed) =>
    tf.tidy(() => {
      const { grads } = tf.variableGrads(() => {
        const y = f(weight);
        if (isFreed) freeDuringBackwardPass();
        return y;
      }, [weight]);
      return [...grads[weight.name]!.dataSync()];
    }),
  ) as [number[], number[]];
  expect(tf.memory().numTensors).toBe(before);
  weight.dispose();
  return [freed, kept];
}

describe('gradients that are freed during the backward pass', () => {
  const sameForBoth = tf.customGrad((a, b) => ({
    value: tf.add(a as tf.Tensor, b as tf.Tensor),
    gradFunc: (dy: tf.Tensor) => [dy, dy],
  }));
  const passed = tf.customGrad((a) => ({
    value: tf.clone(a as tf.Tensor),
    gradFunc: (dy: tf.Tensor) => dy,
  }));
  const functions: Record<string, (x: tf.Tensor) => tf.Tensor> = {
    'a chain': (x) => tf.tanh(tf.square(tf.sin(x))),
    'branches that meet': (x) => {
      const y = tf.sin(x);
      return tf.add(tf.add(tf.square(y), tf.relu(y)), tf.mul(y, tf.cos(y)));
    },
    'one tensor as the gradient of two inputs': (x) => sameForBoth(tf.sin(x), tf.square(x)),
    'the gradient of the result as that of the input': (x) => tf.square(passed(tf.sin(x))),
    'the same input twice': (x) => {
      const y = tf.sin(x);
      return sameForBoth(y, y);
    },
    'several outputs of which one is used': (x) => tf.split(tf.sin(x), 3)[1]!,
    'a weight that is used at once': (x) => sameForBoth(x, passed(x)),
  };
  it.each(Object.entries(functions))('are the same: %s', (_, f) => {
    const [freed, kept] = gradientsOf((weight) => tf.sum(f(weight)));
    expect(freed).toEqual(kept);
  });

  it('are kept if a gradient function has kept them', () => {
    let seen: tf.Tensor | undefined;
    const keeping = tf.customGrad((a) => ({
      value: tf.square(a as tf.Tensor),
      gradFunc: (dy: tf.Tensor) => {
        seen = tf.keep(dy);
        return tf.clone(dy);
      },
    }));
    const weight = tf.variable(tf.tensor1d([3]));
    tf.tidy(() => {
      tf.variableGrads(() => {
        const y = tf.sum<tf.Scalar>(tf.sin(keeping(tf.sin(weight))));
        freeDuringBackwardPass();
        return y;
      }, [weight]);
    });
    expect(seen!.dataSync()[0]).toBeCloseTo(Math.cos(Math.sin(3) ** 2), 5);
    seen!.dispose();
    weight.dispose();
  });

  it('do not change a gradient of a gradient', () => {
    const inner = tf.grad((x) => {
      const y = tf.sum(tf.pow(x, 3));
      freeDuringBackwardPass();
      return y;
    });
    const second = tf.grad((x) => tf.sum(inner(x)));
    expect([...second(tf.tensor1d([2])).dataSync()][0]).toBeCloseTo(12, 4);
  });
});

describe('the memory of a private step', () => {
  const depth = 12;
  const model = () => {
    const input = tfl.input({ shape: [8, 8, 4] });
    let x = input;
    for (let i = 0; i < depth; i++) {
      const convolution = tfl.layers.conv2d({ filters: 4, kernelSize: 1 });
      const normalized = new GroupNormalization({ groups: 2 }).apply(convolution.apply(x));
      const activated = tfl.layers.activation({ activation: 'relu' }).apply(normalized);
      x = tfl.layers.add().apply([activated, x] as tfl.SymbolicTensor[]) as tfl.SymbolicTensor;
    }
    const pooled = tfl.layers.globalAveragePooling2d({ dataFormat: 'channelsLast' }).apply(x);
    const output = tfl.layers.dense({ units: 3 }).apply(pooled) as tfl.SymbolicTensor;
    return tfl.model({ inputs: input, outputs: output });
  };

  it('is below that of a step without privacy', async () => {
    const net = model();
    const batch = randomBatch(4, [8, 8, 4], 3);
    const options = optionsFor('float32');
    const plain = await mostBytesOf(() => {
      tf.tidy(() => {
        tf.variableGrads(() => {
          const predictions = net.apply(batch.inputs, { training: true });
          return tf.sum(softmaxCrossEntropy(predictions as tf.Tensor, batch.targets));
        });
      });
    });
    const isPrivate = await mostBytesOf(() => contribute(net, batch, options));
    expect(isPrivate).toBeLessThan(0.7 * plain);
    // The outputs of all layers, five values at each place of a block, and a few more of that size.
    const output = 4 * 8 * 8 * 4 * 4;
    expect(isPrivate).toBeLessThan((5 * depth + 6) * output);
  });
});
