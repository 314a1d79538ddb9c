import { beforeAll, describe, expect, it } from '@jest/globals';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import { partsDataset, subset } from '@dpquant/data';
import {
  meanSquaredError,
  microbatchClippedSum,
  microbatchGradients,
  softmaxCrossEntropy,
  trainableVariables,
} from '@dpquant/gradients';
import { flatClipping } from '@dpquant/mechanisms';
import { layerArithmetic } from '@dpquant/quantization';
import { philoxKeyFromSeed } from '@dpquant/random';
import { probeGradients, probeIndependence, probeSums } from '../modelProbe.ts';
import { modelTensors } from '../modelParts.ts';
import { lossOf, severalTasks } from '../tasks/severalTasks.ts';
import { severalExamples, severalPartsModel } from '../testing/severalParts.ts';
import { clippedSum } from './clippedSum.ts';
import { groupLosses } from './groupLosses.ts';

beforeAll(async () => {
  tf.env().set('IS_NODE', false);
  await tf.setBackend('cpu');
});

const { inputs, targets } = severalExamples(60);
/** In another order than the model's, and a part of it, as training data are. */
const data = subset(
  partsDataset({
    name: 'rows',
    inputs: [
      { name: 'right', shape: [2], values: inputs.right },
      { name: 'left', shape: [4], values: inputs.left },
    ],
    targets: [
      { name: 'sum', shape: [], values: targets.sum },
      { name: 'side', shape: [], values: targets.side },
    ],
  }),
  Array.from({ length: 50 }, (_, i) => 59 - i),
);
const weight = 0.5;
const tasks = severalTasks(
  { sum: 'regression', side: 'classification' },
  { weights: { sum: weight } },
);
const rows = Uint32Array.of(3, 8, 9, 20, 31, 40, 49);
const views = new Uint32Array(7);
const clipNorm = 0.5;

/** Clipped sum of the gradients of the examples one by one, by TensorFlow.js and nothing else. */
async function plainSum(model: tfl.LayersModel): Promise<Map<string, Float64Array>> {
  const sums = new Map<string, Float64Array>();
  for (const place of rows) {
    const row = 59 - place;
    const example = [
      tf.tensor2d(inputs.left.slice(4 * row, 4 * row + 4), [1, 4]),
      tf.tensor2d(inputs.right.slice(2 * row, 2 * row + 2), [1, 2]),
    ];
    const { grads } = tf.variableGrads(() => {
      const [side, sum] = model.apply(example) as [tf.Tensor2D, tf.Tensor2D];
      const ofSide = softmaxCrossEntropy(side, tf.tensor1d([targets.side[row]!]));
      const ofSum = meanSquaredError(sum, tf.tensor1d([targets.sum[row]!]));
      return tf.sum<tf.Scalar>(tf.add(ofSide, tf.mul(ofSum, weight)));
    }, trainableVariables(model));
    const values = new Map<string, ArrayLike<number>>();
    for (const [name, gradient] of Object.entries(grads)) values.set(name, await gradient.data());
    const norm = Math.hypot(...[...values.values()].flatMap((each) => Array.from(each)));
    for (const [name, each] of values) {
      const sum = sums.get(name) ?? new Float64Array(each.length);
      sums.set(name, sum);
      for (let i = 0; i < each.length; i++) sum[i]! += Math.min(1, clipNorm / norm) * each[i]!;
    }
  }
  return sums;
}

describe('gradients of several inputs and outputs', () => {
  const options = (format: string, model: tfl.LayersModel) => ({
    loss: lossOf(model, tasks),
    clipping: flatClipping(clipNorm),
    arithmetic: () => layerArithmetic(format),
    randomness: { key: philoxKeyFromSeed(1), step: 2 },
  });

  it.each([1, 3, 16])('equal those of the examples one by one, in batches of %d', async (size) => {
    const model = severalPartsModel();
    const { sums, gridUnit } = await clippedSum(
      model,
      data,
      { rows, views },
      size,
      options('float32', model),
    );
    const expected = await plainSum(model);
    for (const [i, { name }] of trainableVariables(model).entries()) {
      expect(sums[i]!.some((value) => value !== 0)).toBe(true);
      expected
        .get(name)!
        .forEach((value, j) => expect(sums[i]![j]! * gridUnit).toBeCloseTo(value, 4));
    }
  });

  it("equal the oracle's in four bits", async () => {
    const model = severalPartsModel();
    const chosen = options('luq-fp4', model);
    const { sums, gridUnit } = await clippedSum(model, data, { rows, views }, 4, chosen);
    const batch = await data.read(rows, { views });
    const tensors = { ...modelTensors(model, batch, data), mask: batch.mask, keys: batch.keys };
    expect(tensors.inputs.map(({ shape }) => shape)).toEqual([
      [7, 4],
      [7, 2],
    ]);
    const oracle = microbatchClippedSum(
      await microbatchGradients(model, tensors, chosen),
      clipNorm,
    );
    for (const [i, { name }] of trainableVariables(model).entries()) {
      oracle
        .get(name)!
        .forEach((value, j) => expect(sums[i]![j]! * gridUnit).toBeCloseTo(value, 4));
    }
  });

  it('have losses that are the weighted sum of both outputs', async () => {
    const model = severalPartsModel();
    const group = { rows, views, randomness: { key: philoxKeyFromSeed(1), step: 0 } };
    const [losses] = await groupLosses(model, data, [group], 4, {
      loss: lossOf(model, tasks),
      arithmetics: [() => layerArithmetic('float32')],
    });
    const batch = await data.read(rows);
    const tensors = modelTensors(model, batch, data);
    const [side, sum] = model.apply(tensors.inputs) as [tf.Tensor, tf.Tensor];
    const ofSide = await softmaxCrossEntropy(side, tensors.targets[0]!).data();
    const ofSum = await meanSquaredError(sum, tensors.targets[1]!).data();
    ofSide.forEach((loss, i) => expect(losses![i]).toBeCloseTo(loss + weight * ofSum[i]!, 5));
  });
});

describe('probes of several inputs and outputs', () => {
  const setting = {
    ...{ weightsVersion: 0, physicalBatchSize: 8, rowsPerUnit: 1 },
    clipping: { rule: 'flat', clipNorm },
  };

  it('accept a model that keeps examples independent, and find its sums exact', async () => {
    const model = severalPartsModel();
    const loss = lossOf(model, tasks);
    const { numTensors } = tf.memory();
    await probeIndependence(model, data, loss, 8);
    await probeGradients(model, data, loss);
    const found = await probeSums(model, data, loss, ['float32', 'luq-fp4'], setting);
    expect(found).toEqual({ arithmetic: 'exact' });
    expect(tf.memory().numTensors).toBe(numTensors);
  });

  it('find a loss of the second output that mixes examples', async () => {
    const model = severalPartsModel();
    const [side] = [lossOf(model, tasks)].flat();
    const mixing = (predictions: tf.Tensor, wanted: tf.Tensor): tf.Tensor1D => {
      const errors = tf.sub(tf.reshape(predictions, [-1]), tf.reshape(wanted, [-1]));
      return tf.square(tf.sub(errors, tf.mean(errors)));
    };
    await expect(probeIndependence(model, data, [side!, mixing], 8)).rejects.toThrow(/^loss: /);
  });
});
