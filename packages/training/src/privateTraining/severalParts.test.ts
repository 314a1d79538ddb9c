import { beforeAll, describe, expect, it, jest } from '@jest/globals';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { partsDataset } from '@dpquant/data';
import { severalTasks } from '../tasks/severalTasks.ts';
import { learnableExamples, twoLayers } from '../testing/learnableExamples.ts';
import { MemoryStore } from '../testing/memoryStore.ts';
import { severalExamples, severalPartsModel } from '../testing/severalParts.ts';
import { weightsOf } from '../testing/smallRun.ts';
import { estimateTraining } from './estimateTraining.ts';
import type { ExampleArrays } from './exampleData.ts';
import type { PrivateTrainingOptions } from './privateTrainingOptions.ts';
import { trainPrivately } from './trainPrivately.ts';

jest.setTimeout(120_000);

beforeAll(async () => {
  tf.env().set('IS_NODE', false);
  await tf.setBackend('cpu');
});

const task = severalTasks({ side: 'classification', sum: 'regression' });

const short = {
  ...{ epsilon: 3, delta: 1e-4, epochs: 4, batchSize: 50, accountant: 'rdp', task },
  insecureSeed: 7,
} satisfies PrivateTrainingOptions;

const data = severalExamples(300);

describe('a model with several inputs and outputs', () => {
  it("learns all of its tasks at once, by the paper's method", async () => {
    const example = { epsilon: 3, delta: 1e-5, epochs: 10, batchSize: 256, insecureSeed: 1, task };
    const given = { ...severalExamples(3200), classNames: { side: ['below', 'above'] } };
    const result = await trainPrivately(severalPartsModel(), given, example);
    expect(result.metrics['side.accuracy']).toBeGreaterThanOrEqual(0.9);
    expect(result.metrics['sum.r2']).toBeGreaterThanOrEqual(0.8);
    expect(Object.keys(result.metrics)).toEqual(
      ['accuracy', 'balancedAccuracy', 'f1', 'rocAuc']
        .map((name) => `side.${name}`)
        .concat(['sum.r2', 'sum.mae', 'sum.rmse']),
    );
    expect(result.history.at(-1)!.validationMetrics).toEqual(result.metrics);
    expect(result.history.at(-1)!.validationAccuracy).toBeNull();
    expect(Object.keys(result.classReports!)).toEqual(['side']);
    expect(result.classReports!['side']!.classes.map(({ name }) => name)).toEqual([
      'below',
      'above',
    ]);
    expect(result.summary!.classReports).toEqual(result.classReports);
    expect(result.summary!.arithmetic).toBe('exact');
    expect(Object.keys(result.schedule[0]!.impacts!.released).sort()).toEqual(
      ['hidden', 'hiddenLeft', 'side', 'sum'].sort(),
    );
  });

  it('is trained the same in any order of names, and from a data set', async () => {
    const run = async (given: ExampleArrays | Parameters<typeof trainPrivately>[1]) => {
      const model = severalPartsModel();
      await trainPrivately(model, given, short);
      return weightsOf(model);
    };
    const weights = await run(data);
    const { inputs, targets } = data;
    const turned = {
      inputs: { right: inputs.right, left: tf.tensor2d(inputs.left, [300, 4]) },
      targets: { sum: targets.sum, side: targets.side },
    };
    expect(await run(turned)).toEqual(weights);
    const dataset = partsDataset({
      name: 'data',
      inputs: [
        { name: 'right', shape: [2, 1], values: inputs.right },
        { name: 'left', shape: [4], values: inputs.left },
      ],
      targets: [
        { name: 'sum', shape: [1], values: targets.sum },
        { name: 'side', shape: [], values: targets.side },
      ],
    });
    expect(await run(dataset)).toEqual(weights);
    tf.dispose(turned.inputs.left);
  });

  it('resumes to the weights of an uninterrupted run', async () => {
    const whole = severalPartsModel();
    const expected = await trainPrivately(whole, data, short);
    const store = new MemoryStore();
    const stop = new AbortController();
    await trainPrivately(severalPartsModel(), data, {
      ...short,
      store,
      stopBetweenSteps: stop.signal,
      callbacks: {
        onStepEnd: ({ steps }) => {
          if (steps === 11) stop.abort();
        },
      },
    });
    const other = severalTasks(task.outputs, { weights: { sum: 2 } });
    await expect(
      trainPrivately(severalPartsModel(), data, { ...short, store, task: other }),
    ).rejects.toThrow(/^resume: .*sum=regression × 2/);
    const model = severalPartsModel(99);
    const resumed = await trainPrivately(model, data, { ...short, store });
    expect(weightsOf(model)).toEqual(weightsOf(whole));
    expect(resumed.history).toEqual(expected.history);
    expect(resumed.metrics).toEqual(expected.metrics);
    expect(resumed.ledger.entries).toEqual(expected.ledger.entries);
  });

  it('stops early by the score of its tasks', async () => {
    const score = { metric: 'sum.mae', better: 'less' } as const;
    const { stopped, history } = await trainPrivately(severalPartsModel(), data, {
      ...short,
      task: severalTasks(task.outputs, { score }),
      earlyStop: { patience: 1, minimumImprovement: 0.99 },
    });
    expect(stopped).toBe('early stop');
    expect(history).toHaveLength(2);
  });

  it('is timed on synthetic examples and leaks no tensor', async () => {
    const model = severalPartsModel();
    const before = weightsOf(model);
    const { numTensors } = tf.memory();
    const estimate = await estimateTraining(model, data, short);
    expect(estimate.secondsPerStep).toBeGreaterThan(0);
    expect(weightsOf(model)).toEqual(before);
    await trainPrivately(model, data, short);
    expect(tf.memory().numTensors).toBe(numTensors);
  });
});

it('a single input or output may be named too', async () => {
  const { inputs, classes } = learnableExamples(300, 4);
  const { task: several, ...rest } = short;
  const run = async (given: ExampleArrays) => {
    const model = twoLayers(4, 2);
    const input = model.inputs[0]!.sourceLayer.name;
    const named = { inputs: { [input]: inputs }, targets: { output: classes } };
    await trainPrivately(model, given.inputs === inputs ? given : named, rest);
    return weightsOf(model);
  };
  const named = await run({ inputs: {}, targets: {} });
  expect(named).toEqual(await run({ inputs, targets: classes }));
});

describe('before the first charge, several inputs and outputs are refused', () => {
  const { left, right } = data.inputs;
  const { side, sum } = data.targets;
  const threes = Array.from({ length: 300 }, () => [0, 1, 2]);
  const oneLayer = () => {
    const shared = tfl.layers.dense({ units: 2, name: 'shared' });
    const inputs = ['left', 'right'].map((name) => tfl.input({ name, shape: [4] }));
    const outputs = inputs.map((input) => shared.apply(input) as tfl.SymbolicTensor);
    return tfl.model({ inputs, outputs });
  };
  const given = (changes: object) => ({ ...data, ...changes });

  it.each<
    [what: string, given: unknown, options: object, error: RegExp, build?: () => tfl.LayersModel]
  >([
    [
      'one array for both',
      given({ inputs: left }),
      {},
      /^data.inputs: the model has left, right; give values for each: \{ left: …, right: … \}/,
    ],
    [
      'a name that the model does not have',
      given({ inputs: { left, rihgt: right } }),
      {},
      /^data.inputs: expected left, right, as the model calls them, got left, rihgt/,
    ],
    [
      'a target that is missing',
      given({ targets: { side } }),
      {},
      /^data.targets: expected side, sum, .* got side/,
    ],
    [
      'fewer rows of one of them',
      given({ inputs: { left, right: right.subarray(2) } }),
      {},
      /^data.inputs.right: expected 300 examples, as data.inputs.left has, got 299/,
    ],
    [
      'a shape that the model does not take',
      given({ inputs: { left, right: threes } }),
      {},
      /^data.inputs.right: expected examples of \[2\], .*got \[3\]/,
    ],
    [
      'class names in one list',
      given({ classNames: ['no', 'yes'] }),
      {},
      /^data.classNames: .* give names by output: \{ side: /,
    ],
    [
      'no task',
      data,
      { task: undefined },
      /^task: the model has the outputs side, sum; .*severalTasks/,
    ],
    [
      'one task for both',
      data,
      { task: 'regression' },
      /^task 'regression': is for a model with one output, .* severalTasks\(\{ side: …, sum: … \}\)/,
    ],
    [
      'tasks of other outputs',
      data,
      { task: severalTasks({ side: 'classification', age: 'regression' }) },
      /^task 'side=.*': expected a task for each of the model's outputs side, sum, got side, age/,
    ],
    [
      'a task that is none of an output',
      data,
      { task: severalTasks({ side: 'binary', sum: 'regression' }) },
      /^task 'binary': expected a model with one logit, got outputs \[2\]/,
    ],
    [
      'targets that are none of a task',
      given({ targets: { side, sum: threes } }),
      {},
      /^task 'regression': "sum" of "data" has targets \[3\]/,
    ],
    [
      'a label that an output does not have',
      given({ targets: { side: side.map((label, row) => (row === 17 ? 2 : label)), sum } }),
      {},
      /^data, row 17: expected as target for side a class index from 0 to 1/,
    ],
    [
      'a data set without their names',
      partsDataset({
        name: 'rows',
        inputs: [{ name: 'left', shape: [4], values: left }],
        targets: [{ name: 'side', shape: [], values: side }],
      }),
      {},
      /^"rows" has one target, the model the outputs side, sum; .*--task side=…,sum=…/,
    ],
    [
      'inputs of a data set by other names',
      partsDataset({
        name: 'rows',
        inputs: [
          { name: 'left', shape: [4], values: left },
          { name: 'up', shape: [2], values: right },
        ],
        targets: [
          { name: 'side', shape: [], values: side },
          { name: 'sum', shape: [], values: sum },
        ],
      }),
      {},
      /^training: "rows" has the inputs left, up, the model the inputs left, right; .*--inputs left,right/,
    ],
    [
      'two outputs of one layer',
      given({ inputs: { left, right: left }, targets: { shared: side, other: side } }),
      {},
      /^model: expected outputs of different names, got shared, shared; let each come from a layer/,
      oneLayer,
    ],
  ])('%s', async (_, examples, options, error, build = severalPartsModel) => {
    const store = new MemoryStore();
    const training = trainPrivately(build(), examples as ExampleArrays, {
      ...short,
      store,
      ...options,
    });
    await expect(training).rejects.toThrow(error);
    expect(store.done).toEqual([]);
  });
});
