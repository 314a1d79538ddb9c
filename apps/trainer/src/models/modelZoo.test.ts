import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { startBackend } from '@dpquant/backends';
import { tableDataset, type Dataset } from '@dpquant/data';
import {
  checkIndependence,
  contribute,
  microbatchGradients,
  registerLayers,
  softmaxCrossEntropy,
  trainableValueCount,
  trainableVariables,
  validateModel,
  type ExampleBatch,
} from '@dpquant/gradients';
import { flatClipping, TrainingPlan } from '@dpquant/mechanisms';
import { builtInModels, createModel } from '@dpquant/models';
import { layerArithmetic } from '@dpquant/quantization';
import { fillGaussian, SeededRandom } from '@dpquant/random';
import type { RunConfig } from '../run/runRecords.ts';
import { resumedModel, startingModel } from './startingModel.ts';
import { UsageError } from '../flags/usageError.ts';

// Deep networks of their full depth and width: a few seconds each where nothing else runs.
jest.setTimeout(120_000);

const classes = 3;
const passOptions = {
  loss: softmaxCrossEntropy,
  arithmetic: () => layerArithmetic('float32'),
  randomness: { key: [1, 2], step: 0 },
} as const;

beforeAll(async () => {
  await startBackend('wasm');
});

/** On two images of 9×9 pixels, and on the backend that trains by default. */
describe.each([...builtInModels.keys()])('%s', (name) => {
  let model: tfl.LayersModel;
  let batch: ExampleBatch & { readonly inputs: tf.Tensor };

  beforeAll(() => {
    model = createModel(name, { inputShape: [9, 9, 1], classes, seed: 0 });
    batch = twoExamples([9, 9, 1]);
  });

  afterAll(() => {
    model.dispose();
  });

  it('gives each image finite logits of its own', () => {
    const both = logitsOf(model, batch.inputs);
    expect(both).toHaveLength(2 * classes);
    expect(both.every(Number.isFinite)).toBe(true);
    const second = tf.slice(batch.inputs, [1], [1]);
    expect([...logitsOf(model, second)]).toEqual([...both.subarray(classes)]);
    expect([...both.subarray(0, classes)]).not.toEqual([...both.subarray(classes)]);
    second.dispose();
  });

  it('can be trained privately: validated, and without mixing examples', async () => {
    expect(() => validateModel(model)).not.toThrow();
    await checkIndependence(model, batch, softmaxCrossEntropy);
  });

  it('has the norms and the gradients of one example at a time', async () => {
    const tensors = tf.memory().numTensors;
    const oracle = await microbatchGradients(model, batch, passOptions);
    // Nothing is clipped, and the grid is as fine as it can be then.
    const clipping = flatClipping(1.001 * Math.max(...oracle.norms));
    const contribution = await contribute(model, batch, { ...passOptions, clipping });
    const errors = [...contribution.unsafe.norms].map((norm, i) => norm / oracle.norms[i]! - 1);
    expect(Math.max(...errors.map(Math.abs))).toBeLessThan(1e-4);
    expect(contribution.sums.size).toBe(model.trainableWeights.length);
    const wrong = [...contribution.sums].filter(([weight, sum]) => {
      const parts = oracle.gradients.map((gradients) => gradients.get(weight)!);
      // One image alone takes other kernels than two: what is rounded to the other side of a ReLU's
      // kink there changes the gradients before it by more than a rounding.
      return !(
        relativeError(
          Float64Array.from(sum, (value) => value * contribution.gridUnit),
          parts,
        ) < 1e-2
      );
    });
    expect(wrong.map(([weight]) => weight)).toEqual([]);
    expect(tf.memory().numTensors).toBe(tensors);
  });

  it('takes a private step, and is saved and loaded', async () => {
    const variables = trainableVariables(model);
    const before = variables.map((variable) => variable.dataSync<'float32'>().slice());
    await privateStep(model, batch);
    const unmoved = variables.filter((variable, i) => {
      const after = variable.dataSync<'float32'>();
      return before[i]!.every((value, j) => value === after[j]);
    });
    expect(unmoved.map((variable) => variable.name)).toEqual([]);
    const logits = logitsOf(model, batch.inputs);
    expect(logits.every(Number.isFinite)).toBe(true);

    registerLayers();
    const loaded = await savedAndLoaded(model);
    expect([...logitsOf(loaded, batch.inputs)]).toEqual([...logits]);
    loaded.dispose();
  });
});

it('says which network takes rows of a table', async () => {
  const table = tableDataset({
    ...{ name: 'table', values: new Float32Array(8), inputShape: [4], labels: [0, 1] },
    classNames: ['a', 'b', 'c'],
  });
  const build = (model: string) => startingModel({ model, seed: 1 } as RunConfig['options'], table);
  await expect(build('small-cnn')).rejects.toThrow(UsageError);
  await expect(build('small-cnn')).rejects.toThrow(
    /small-cnn: expected images.*got inputs of shape \[4\]; mlp/,
  );
  const { model } = await build('mlp');
  expect(model.outputShape).toEqual([null, classes]);
  model.dispose();
});

it('is built in the width of the flag, and built again in it when it goes on', async () => {
  const images = { inputShape: [8, 8, 1], classNames: ['a', 'b'] } as unknown as Dataset;
  const options = { model: 'resnet20', seed: 1, width: 4 } as RunConfig['options'];
  const { model, record } = await startingModel(options, images);
  const again = await resumedModel({ options, start: record }, images);
  for (const built of [model, again]) {
    expect(built.getLayer('stem').outputShape).toEqual([null, 8, 8, 4]);
    built.dispose();
  }
  const fixed = startingModel({ ...options, model: 'mlp' }, images);
  await expect(fixed).rejects.toThrow(/^width: mlp has none/);
});

function logitsOf(model: tfl.LayersModel, images: tf.Tensor): Float32Array {
  const logits = model.predict(images) as tf.Tensor;
  const values = logits.dataSync<'float32'>().slice();
  logits.dispose();
  return values;
}

/** Normal values of two different classes. */
function twoExamples(inputShape: number[]): ExampleBatch & { readonly inputs: tf.Tensor } {
  const values = new Float32Array(2 * tf.util.sizeFromShape(inputShape));
  fillGaussian(new SeededRandom(1, 'images'), values);
  return {
    inputs: tf.tensor(values, [2, ...inputShape]),
    targets: tf.tensor1d([0, 2]),
    mask: Float32Array.of(1, 1),
    keys: { rows: Uint32Array.of(7, 8), views: new Uint32Array(2) },
  };
}

/** ‖sum − Σ parts‖ over Σ ‖part‖. */
function relativeError(sum: Float64Array, parts: readonly Float64Array[]): number {
  let squaredError = 0;
  const squaredNorms = parts.map(() => 0);
  for (let i = 0; i < sum.length; i++) {
    let error = sum[i]!;
    for (let j = 0; j < parts.length; j++) {
      const value = parts[j]![i]!;
      error -= value;
      squaredNorms[j]! += value * value;
    }
    squaredError += error * error;
  }
  const scale = squaredNorms.reduce((total, squared) => total + Math.sqrt(squared), 0);
  return Math.sqrt(squaredError) / scale;
}

/** One step of gradient descent along what a plan releases. */
async function privateStep(model: tfl.LayersModel, batch: ExampleBatch): Promise<void> {
  const plan = new TrainingPlan(
    {
      ...{ unitCount: 2, sampleRate: 1, noiseMultiplier: 1, clipNorm: 1 },
      ...{ steps: 1, stepsPerEpoch: 1, valueCount: trainableValueCount(model) },
    },
    { insecureSeed: 1 },
  );
  const sampled = plan.sample(0);
  const contribution = await contribute(model, batch, {
    ...passOptions,
    clipping: flatClipping(sampled.clipNorm),
  });
  const sums = new Map(
    [...contribution.sums].map(([weight, sum]) => [weight, Float64Array.from(sum)]),
  );
  const { gridUnit, sensitivity } = contribution;
  const { mean } = await plan.release(sampled, { sums, gridUnit, sensitivity });
  for (const variable of trainableVariables(model)) {
    const gradient = tf.tensor(mean.get(variable.name)!, variable.shape);
    const next = tf.tidy(() => tf.sub(variable, tf.mul(gradient, 1e-3)));
    variable.assign(next);
    tf.dispose([gradient, next]);
  }
}

/** The model as it comes back from being saved. */
async function savedAndLoaded(model: tfl.LayersModel): Promise<tfl.LayersModel> {
  let saved: tf.io.ModelArtifacts | undefined;
  await model.save(
    tf.io.withSaveHandler(async (artifacts) => {
      saved = artifacts;
      return { modelArtifactsInfo: tf.io.getModelArtifactsInfoForJSON(artifacts) };
    }),
  );
  // As a file would hold it.
  const topology = JSON.parse(JSON.stringify(saved!.modelTopology)) as object;
  return tfl.loadLayersModel(tf.io.fromMemory({ ...saved!, modelTopology: topology }));
}
