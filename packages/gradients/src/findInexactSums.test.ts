import { beforeAll, describe, expect, it } from '@jest/globals';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { layerArithmetic } from '@dpquant/quantization';
import { findInexactSums, type ExactSumsOptions } from './findInexactSums.ts';
import { softmaxCrossEntropy, type PerExampleLoss } from './losses.ts';
import { everyLayerModel, modelOf, randomBatch } from './testing/models.ts';
import { withWrongKernel } from './testing/wrongKernel.ts';

beforeAll(async () => {
  tf.env().set('IS_NODE', false);
  await tf.setBackend('cpu');
});

const unitsInBatch = 6;

const optionsFor = (format: string, changes: Partial<ExactSumsOptions> = {}) => ({
  loss: softmaxCrossEntropy,
  scope: 'gradient' as const,
  arithmetic: () => layerArithmetic(format),
  unitsInBatch,
  ...changes,
});

const dense = () =>
  modelOf(
    tfl.layers.dense({ name: 'hidden', inputShape: [20], units: 16, activation: 'tanh' }),
    tfl.layers.dense({ name: 'head', units: 3 }),
  );

/**
 * The same layers at four positions: on the CPU backend their sums are composed of operations of
 * TensorFlow.js.
 */
async function foundAtPositions(changes: Partial<ExactSumsOptions> = {}) {
  const model = modelOf(
    tfl.layers.dense({ name: 'hidden', inputShape: [4, 5], units: 16, activation: 'tanh' }),
    tfl.layers.dense({ name: 'head', units: 3 }),
    tfl.layers.globalAveragePooling1d({}),
  );
  return findInexactSums(model, randomBatch(8, [4, 5], 3), optionsFor('float32', changes));
}

/** The result for the first model. */
async function found(format = 'float32', changes: Partial<ExactSumsOptions> = {}) {
  const model = dense();
  return findInexactSums(model, randomBatch(8, [20], 3), optionsFor(format, changes));
}

/** The smallest float32 number above 1. */
const slightly = 1 + 2 ** -23;

describe('exact sums', () => {
  it.each(['float32', 'luq-fp4', 'int8'])('are found on the CPU backend in %s', async (format) => {
    const examples = randomBatch(8, [7, 6, 2], 3);
    const before = tf.memory().numTensors;
    const model = everyLayerModel();
    const weights = tf.memory().numTensors - before;
    for (const [rowsPerUnit, scope] of [
      [1, 'gradient'],
      [2, 'layer'],
    ] as const) {
      const options = optionsFor(format, { rowsPerUnit, scope });
      expect(await findInexactSums(model, examples, options)).toBeNull();
    }
    expect(tf.memory().numTensors).toBe(before + weights);
  });

  it.each([1, 2, 3])('are found in batches of %d', async (units) => {
    expect(await found('float32', { unitsInBatch: units })).toBeNull();
  });

  it('are found in a model that reads indices', async () => {
    const model = modelOf(
      tfl.layers.embedding({ inputDim: 2, outputDim: 4, inputLength: 5 }),
      tfl.layers.flatten(),
      tfl.layers.dense({ units: 3 }),
    );
    const examples = randomBatch(4, [5], 3);
    const inputs = tf.tidy(() => tf.cast(tf.greater(examples.inputs, 0), 'float32'));
    expect(await findInexactSums(model, { ...examples, inputs }, optionsFor('float32'))).toBeNull();
  });
});

type Inputs = Readonly<Record<string, tf.Tensor>>;

/** Whether a product is the one of a batch and the weights of the hidden layer. */
const isForward = ({ a }: Inputs) => a!.shape.join() === `${unitsInBatch},20`;

/** If a sum is over gradients of the head, these, example after example; null otherwise. */
function gradientsOfHead({ x }: Inputs): number[][] | null {
  return x!.rank === 3 && x!.shape[1] === 16 && x!.shape[2] === 3
    ? (tf.reshape(x!, [-1, 48]).arraySync() as number[][])
    : null;
}

describe('sums that are not exact', () => {
  it('are found if a product computes its last row with another kernel, and the layer is named', async () => {
    const change = (values: Float32Array, inputs: Inputs) => {
      if (!isForward(inputs)) return;
      for (let i = values.length - 16; i < values.length; i++) values[i]! *= slightly;
    };
    for (const format of ['float32', 'fp8-e4m3']) {
      expect(await withWrongKernel(tf.BatchMatMul, change, () => found(format))).toBe(
        'layer "hidden" (Dense) has other bits at another place of the batch',
      );
    }
    expect(await found()).toBeNull();
  });

  it('are found in a layer for which the first unit has no gradient', async () => {
    const model = modelOf(
      tfl.layers.dense({ inputShape: [20], units: 16, activation: 'relu' }),
      tfl.layers.dense({ units: 3 }),
    );
    model.setWeights(model.getWeights().map((weight) => tf.abs(weight)));
    const examples = randomBatch(4, [20], 3);
    const signs = tf.tensor2d([[-1], [1], [1], [1]]);
    const inputs = tf.mul(tf.abs(examples.inputs), signs);
    const change = (values: Float32Array, inputsOfKernel: Inputs) => {
      if (!isForward(inputsOfKernel)) return;
      for (let i = values.length - 16; i < values.length; i++) values[i]! *= slightly;
    };
    const find = () => findInexactSums(model, { ...examples, inputs }, optionsFor('float32'));
    expect(await withWrongKernel(tf.BatchMatMul, change, find)).toMatch(
      /has other bits at another place of the batch$/,
    );
  });

  it('are found if only the backward pass depends on the place', async () => {
    const change = (values: Float32Array, { a }: Inputs) => {
      // The gradient of the head's input.
      if (a!.shape.join() === `${unitsInBatch},3`) values[values.length - 1]! *= 1.001;
    };
    expect(await withWrongKernel(tf.BatchMatMul, change, () => found())).toBe(
      'the norm of the gradient has other bits at another place of the batch',
    );
  });

  it('are found if all values of a batch determine the method', async () => {
    const change = (values: Float32Array, inputs: Inputs) => {
      if (!isForward(inputs) || values.every((value) => Math.abs(value) < 200)) return;
      for (let i = 0; i < values.length; i++) values[i]! *= slightly;
    };
    expect(await withWrongKernel(tf.BatchMatMul, change, () => found())).toBe(
      'the norm of the gradient or the loss has other bits beside other examples, which are padding',
    );
  });

  it('are found if a sum rounds only when all units count', async () => {
    const change = (values: Float32Array, inputs: Inputs) => {
      if (gradientsOfHead(inputs)?.length === unitsInBatch) values[0]! += 1;
    };
    expect(await withWrongKernel(tf.Sum, change, foundAtPositions)).toMatch(
      /^the gradient of "head\/kernel\S*" has other bits at another place of the batch$/,
    );
  });

  it('are found if the sum of a full batch is wrong by the same amount per unit', async () => {
    const change = (values: Float32Array, inputs: Inputs) => {
      if (gradientsOfHead(inputs)?.length === unitsInBatch) values[0]! += unitsInBatch;
    };
    expect(await withWrongKernel(tf.Sum, change, foundAtPositions)).toMatch(
      /^the gradient of "head\/kernel\S*" has other bits beside other examples$/,
    );
  });

  it.each([2, 3, 4, 5, 6])(
    'are found where padding adds something, in batches of %d',
    async (n) => {
      const change = (values: Float32Array, inputs: Inputs) => {
        if ((gradientsOfHead(inputs)?.length ?? n) < n) values[0]! += 1;
      };
      const find = () => foundAtPositions({ unitsInBatch: n });
      expect(await withWrongKernel(tf.Sum, change, find)).toMatch(
        /^the gradient of "head\/kernel\S*" has other bits beside other examples$/,
      );
    },
  );

  it('are found if only the losses of the companions change', async () => {
    const loss: PerExampleLoss = (logits, targets) => {
      const losses = softmaxCrossEntropy(logits, targets);
      // The maximum has no gradient here.
      const greatest = tf.tensor1d(Float32Array.of(Math.max(...losses.dataSync())));
      return tf.add(losses, tf.mul(greatest, 1e-3));
    };
    expect(await found('float32', { loss })).toMatch(/^the norm of the gradient or the loss has/);
  });

  it('are found if two real units share a value', async () => {
    const change = (values: Float32Array, inputs: Inputs) => {
      const gradients = gradientsOfHead(inputs)?.map((gradient) => gradient.join()) ?? [];
      if (new Set(gradients).size > 1) values[0]! += 1;
    };
    expect(await withWrongKernel(tf.Sum, change, foundAtPositions)).toMatch(
      /^the gradient of "head\/kernel\S*" has other bits beside other examples$/,
    );
  });

  it('are found if a place changes the norm only beside other units', async () => {
    // The last row, if it differs from the row before it.
    const change = (values: Float32Array, inputs: Inputs) => {
      if (!isForward(inputs)) return;
      const [row, before] = [values.slice(-16), values.slice(-32, -16)];
      if (row.join() !== before.join()) values[values.length - 1]! *= slightly;
    };
    expect(await withWrongKernel(tf.BatchMatMul, change, () => found())).toBe(
      'the norm of the gradient or the loss has other bits beside other examples',
    );
  });

  it('are not excluded if no unit has a gradient', async () => {
    const model = dense();
    model.setWeights(model.getWeights().map((weight) => tf.fill(weight.shape, NaN)));
    expect(await findInexactSums(model, randomBatch(4, [20], 3), optionsFor('float32'))).toBe(
      'no synthetic example has a gradient that is finite and not zero',
    );
  });
});
