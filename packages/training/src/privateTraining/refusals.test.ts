import { beforeAll, describe, expect, it, jest } from '@jest/globals';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import { classification } from '../tasks/classification.ts';
import type { Metric, Task } from '../tasks/task.ts';
import { learnableExamples, twoLayers } from '../testing/learnableExamples.ts';
import { MemoryStore } from '../testing/memoryStore.ts';
import { estimateTraining } from './estimateTraining.ts';
import type { PrivateTrainingOptions } from './privateTrainingOptions.ts';
import { trainPrivately } from './trainPrivately.ts';

jest.setTimeout(60_000);

beforeAll(async () => {
  tf.env().set('IS_NODE', false);
  await tf.setBackend('cpu');
});

const { inputs, classes } = learnableExamples(300, 4);
const data = { inputs, targets: classes };
const options = { epsilon: 3, delta: 1e-4, epochs: 2, batchSize: 50, insecureSeed: 7 };
const own = (parts: Partial<Task>): Task => ({ ...classification(), name: 'own', ...parts });
const metricsOf = (metric: unknown) => own({ metrics: { mine: metric as Metric } });

/** Arguments that TypeScript would refuse. */
interface Given {
  readonly model?: () => unknown;
  readonly data?: object;
  readonly options?: object;
}

const frozen = () => {
  const model = twoLayers(4, 2);
  for (const layer of model.layers) layer.trainable = false;
  return model;
};
const withoutNumbers = () => {
  const model = twoLayers(4, 2);
  model.setWeights(model.getWeights().map((weight) => tf.fill(weight.shape, NaN)));
  return model;
};

describe('trainPrivately refuses before anything is charged', () => {
  const cases: readonly (readonly [string, Given, RegExp])[] = [
    ['no model', { model: () => undefined }, /^model: expected a tf.LayersModel, .* undefined$/],
    ['weights that are NaN', { model: withoutNumbers }, /^model: the weight ".*" has values that/],
    ['nothing to train', { model: frozen }, /^model: has no trainable weights; set trainable/],
    [
      'a text as number',
      { options: { batchSize: '50' } },
      /^batchSize: expected a number, got '50'/,
    ],
    [
      'a share as text',
      { options: { validationFraction: '0.2' } },
      /^validationFraction: expected a/,
    ],
    ['no batch', { options: { batchSize: 0 } }, /^batchSize: expected the number of privacy units/],
    ['a batch of NaN', { options: { batchSize: NaN } }, /^batchSize: expected the number .* NaN$/],
    ['a rate of NaN', { options: { learningRate: NaN } }, /^learningRate: expected a positive/],
    ['a rate as text', { options: { learningRate: '1' } }, /^learningRate: .* a schedule, .*'1'$/],
    ['a store that is none', { options: { store: {} } }, /^store: expected a RunStore, .* stage$/],
    ['a signal that is none', { options: { signal: {} } }, /^signal: expected an AbortSignal/],
    [
      'a function as callbacks',
      { options: { callbacks: () => 1 } },
      /^callbacks: expected an object/,
    ],
    [
      'a misspelt callback',
      { options: { callbacks: { onEpoch: () => 1 } } },
      /nothing calls onEpoch; .*onEp/,
    ],
    [
      'a number as callback',
      { options: { callbacks: { onEpochEnd: 3 } } },
      /a function as onEpochEnd/,
    ],
    ['null as task', { options: { task: null } }, /^task: expected the name of a task, or \{ name/],
    ['an empty task', { options: { task: {} } }, /^task: expected the name of a task, or/],
    [
      'a task of several that is empty',
      { options: { task: { outputs: { a: {} } } } },
      /^task, a: exp/,
    ],
    ['a task without metrics', { options: { task: own({ metrics: {} }) } }, /has no metrics; give/],
    [
      'a score of no metric',
      { options: { task: own({ score: { metric: 'acuracy', better: 'greater' } }) } },
      /its score is the metric acuracy, and it has accuracy, .*name one of them/,
    ],
    ['a metric that throws', { options: { task: metricsOf(() => raise('boom')) } }, /^boom$/],
    [
      'a metric of text',
      { options: { task: metricsOf(() => 'x') } },
      /number from the metric mine, .*string/,
    ],
    [
      'a metric that takes its time',
      { options: { task: metricsOf(async () => 1) } },
      /from the metric mine, NaN where it is not defined, got a promise/,
    ],
    [
      'a loss that takes its time',
      { options: { task: own({ loss: (async () => 1) as never }) } },
      /a promise; compute/,
    ],
    [
      'units of nobody',
      { data: { privacyUnits: new Array(300) } },
      /privacyUnits\[0\]: .*undefined; say/,
    ],
    [
      'units that are NaN',
      { data: { privacyUnits: new Array(300).fill(NaN) } },
      /\[0\]: .* got NaN/,
    ],
    [
      'units that are objects',
      { data: { privacyUnits: new Array(300).fill({}) } },
      /\[0\]: .*object/,
    ],
    ['too few names', { data: { classNames: ['a'] } }, /classNames: expected 2 names, .* got 1/],
  ];

  it.each(cases)('%s', async (_, given, error) => {
    const store = new MemoryStore();
    const model = given.model ? given.model() : twoLayers(4, 2);
    const before = tf.memory().numTensors;
    await expect(
      trainPrivately(
        model as tfl.LayersModel,
        { ...data, ...given.data },
        {
          ...options,
          store,
          ...(given.options as Partial<PrivateTrainingOptions>),
        },
      ),
    ).rejects.toThrow(error);
    expect(store.ledger).toBeNull();
    expect(tf.memory().numTensors).toBe(before);
  });
});

function raise(message: string): never {
  throw new Error(message);
}

describe('a model', () => {
  it('is trained or timed by one call at a time', async () => {
    const model = twoLayers(4, 2);
    const refused = /^model: ".*" is being trained or timed; wait for its end, or give each run a/;
    const first = trainPrivately(model, data, {
      ...options,
      callbacks: {
        async onEpochEnd() {
          await expect(trainPrivately(model, data, options)).rejects.toThrow(refused);
          await expect(estimateTraining(model, data, options)).rejects.toThrow(refused);
        },
      },
    });
    const alone = await trainPrivately(twoLayers(4, 2), data, options);
    const { metrics, ledger } = await first;
    expect(metrics).toEqual(alone.metrics);
    expect(JSON.stringify(ledger)).toBe(JSON.stringify(alone.ledger));
    // It is free again.
    await estimateTraining(model, data, options);
    await trainPrivately(model, data, options);
  });
});

describe('a store of another run', () => {
  it('is recognized by its public examples and refused before anything is charged', async () => {
    const store = new MemoryStore();
    const stop = new AbortController();
    const begun = await trainPrivately(twoLayers(4, 2), data, {
      ...{ ...options, store, stopBetweenSteps: stop.signal },
      callbacks: { onStepEnd: () => stop.abort() },
    });
    expect(begun.stopped).toBe('interrupted');
    const { ledger } = store;
    const others = { inputs: inputs.map((value) => -value), targets: classes };
    await expect(trainPrivately(twoLayers(4, 2), others, { ...options, store })).rejects.toThrow(
      /^resume: public examples is "?[0-9a-f]{64}"?, the run in memory was started with/,
    );
    expect(store.ledger).toBe(ledger);
    const { stopped } = await trainPrivately(twoLayers(4, 2), data, { ...options, store });
    expect(stopped).toBe('finished');
  });
});

it('changing labels during training changes nothing', async () => {
  const targets = classes.slice();
  const changed = await trainPrivately(
    twoLayers(4, 2),
    { inputs, targets },
    { ...options, callbacks: { onStepEnd: () => void targets.fill(9) } },
  );
  expect(targets[0]).toBe(9);
  const { metrics } = await trainPrivately(twoLayers(4, 2), data, options);
  expect(changed.metrics).toEqual(metrics);
});
