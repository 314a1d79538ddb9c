import { beforeAll, describe, expect, it, jest } from '@jest/globals';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import type { PrivacyEvent } from '@dpquant/accounting';
import { meanSquaredError } from '@dpquant/gradients';
import { TrainingPlan } from '@dpquant/mechanisms';
import type { SchedulePolicy } from '@dpquant/scheduling';
import { sgd } from '../optimizers/sgd.ts';
import { learnableExamples, oneLayer, twoLayers } from '../testing/learnableExamples.ts';
import { MemoryStore } from '../testing/memoryStore.ts';
import { weightsOf } from '../testing/smallRun.ts';
import type { ExampleArrays } from './exampleData.ts';
import type { PrivateTrainingOptions } from './privateTrainingOptions.ts';
import { trainPrivately } from './trainPrivately.ts';

jest.setTimeout(120_000);

beforeAll(async () => {
  tf.env().set('IS_NODE', false);
  await tf.setBackend('cpu');
});

const example = { epsilon: 3, delta: 1e-5, epochs: 10, batchSize: 256, validationFraction: 0.2 };

/** A run of four short epochs. */
const short = {
  ...{ epsilon: 3, delta: 1e-4, epochs: 4, batchSize: 50, accountant: 'rdp' },
  insecureSeed: 7,
} satisfies PrivateTrainingOptions;

const { inputs, classes, sums } = learnableExamples(300, 4);
const data = { inputs, targets: classes };

describe('trainPrivately with only the options of the example', () => {
  it("learns to separate 3,200 rows in ten epochs at ε = 3, by the paper's method", async () => {
    const many = learnableExamples(3200, 8);
    const model = twoLayers(8, 2);
    const result = await trainPrivately(
      model,
      { inputs: many.inputs, targets: many.classes },
      example,
    );
    expect(result.metrics['accuracy']).toBeGreaterThanOrEqual(0.9);
    expect(result).toMatchObject({ task: 'classification', stopped: 'finished', warnings: [] });
    expect(result.guarantee).toBe('differential privacy');
    expect(result.epsilon).toBeLessThanOrEqual(3);
    expect(result.epsilon).toBeGreaterThan(2.99);
    expect(result.plan).toMatchObject({ unitCount: 2560, steps: 100, analyses: { count: 5 } });
    expect(result.history.map(({ epoch }) => epoch)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    const last = result.history.at(-1)!;
    expect(last.validationMetrics).toEqual(result.summary!.metrics);
    expect(last.validationAccuracy).toBe(result.metrics['accuracy']);
    expect(result.schedule).toHaveLength(10);
    expect(result.schedule[0]).toMatchObject({
      layers: { hidden: 'luq-fp4', output: 'luq-fp4' },
      impacts: { released: { hidden: expect.any(Number) } },
    });
  });

  it('learns a linear relation to an R² of 0.8 and more', async () => {
    const many = learnableExamples(3200, 8);
    const targets = many.sums;
    const result = await trainPrivately(oneLayer(8, 1), { inputs: many.inputs, targets }, example);
    expect(result.task).toBe('regression');
    expect(result.metrics['r2']).toBeGreaterThanOrEqual(0.8);
    expect(result.history[0]!.validationAccuracy).toBeNull();
  });
});

describe('the arguments of trainPrivately', () => {
  const run = async (given: ExampleArrays, changes: Partial<PrivateTrainingOptions> = {}) => {
    const model = twoLayers(4, 2);
    const { metrics, task } = await trainPrivately(model, given, { ...short, ...changes });
    return { weights: weightsOf(model), metrics, task };
  };

  it('may be typed arrays, tensors or nested lists', async () => {
    const typed = await run(data);
    const tensors = {
      inputs: tf.tensor2d(inputs, [300, 4]),
      targets: tf.tensor1d(classes, 'int32'),
    };
    expect(await run(tensors)).toEqual(typed);
    const nested = {
      inputs: tensors.inputs.arraySync(),
      targets: Array.from(classes, (label) => [label]),
    };
    expect(await run(nested)).toEqual(typed);
    tf.dispose(tensors);
  });

  it('may be one-hot targets if the task is named', async () => {
    const oneHot = Array.from(classes, (label) => (label === 0 ? [1, 0] : [0, 1]));
    const { task, weights } = await run({ inputs, targets: oneHot }, { task: 'classification' });
    expect(task).toBe('classification');
    const indexed = await run(data);
    weights.forEach((weight, i) => expect(weight).toBeCloseTo(indexed.weights[i]!, 3));
  });

  it('define privacy units, which are protected and split as a whole', async () => {
    const privacyUnits = Array.from({ length: 300 }, (_, row) => `person ${row % 60}`);
    const model = twoLayers(4, 2);
    const options = { ...short, batchSize: 10 };
    const { plan } = await trainPrivately(model, { ...data, privacyUnits }, options);
    expect(plan.unitCount).toBeLessThan(60);
    expect(plan.sampleRate).toBe(10 / plan.unitCount);
  });

  it('may include separate public examples', async () => {
    const validation = { inputs: inputs.subarray(0, 40), targets: classes.subarray(0, 10) };
    const { validationFraction, ...rest } = { ...short, validationFraction: 0.5 };
    const model = twoLayers(4, 2);
    const { plan, summary } = await trainPrivately(model, data, { ...rest, validation });
    expect(plan.unitCount).toBe(300);
    expect(summary!.confusionMatrix!.flat().reduce((a, b) => a + b)).toBe(10);
    const none = await trainPrivately(twoLayers(4, 2), data, { ...rest, validationFraction: 0 });
    expect(none).toMatchObject({ metrics: {}, plan: { unitCount: 300 } });
  });

  it('may include your own policy, optimizer, format and task', async () => {
    const asked: number[] = [];
    const policy: SchedulePolicy = {
      name: 'output only',
      select({ epoch, format }) {
        asked.push(epoch);
        return new Map([['output', format]]);
      },
    };
    const half = {
      name: 'half',
      loss: meanSquaredError,
      targetShape: [],
      metrics: {
        worst: ({ outputs, targets }: { outputs: Float32Array; targets: Float32Array }) =>
          Math.max(...outputs.map((output, i) => Math.abs(output - targets[i]!))),
      },
      score: { metric: 'worst', better: 'less' as const },
    };
    const optimizer = sgd({ learningRate: 0.1, momentum: 0.5 });
    const apply = jest.spyOn(optimizer, 'apply');
    const model = oneLayer(4, 1);
    const options = { ...short, policy, optimizer, format: 'fp8-e4m3', task: half };
    const { schedule, metrics, plan, task } = await trainPrivately(
      model,
      { inputs, targets: sums },
      options,
    );
    expect(asked).toEqual([0, 1, 2, 3]);
    expect(apply).toHaveBeenCalledTimes(plan.steps);
    expect(plan.analyses).toBeUndefined();
    expect(schedule.map(({ layers }) => layers['output'])).toEqual(Array(4).fill('fp8-e4m3'));
    expect({ task, names: Object.keys(metrics) }).toEqual({ task: 'half', names: ['worst'] });
  });

  it('leak no tensor', async () => {
    const model = twoLayers(4, 2);
    const { numTensors } = tf.memory();
    await trainPrivately(model, data, short);
    expect(tf.memory().numTensors).toBe(numTensors);
  });
});

describe('the ledger of trainPrivately', () => {
  it('contains each released step and analysis, as planned and sampled', async () => {
    const released = { steps: 0, analyses: [] as PrivacyEvent[] };
    const { insecureSeed, ...secure } = short;
    const result = await trainPrivately(twoLayers(4, 2), data, {
      ...secure,
      analysis: { adaptive: false },
      callbacks: {
        onStepEnd: ({ steps }) => {
          released.steps = steps;
        },
        onAnalysis: ({ event }) => {
          released.analyses.push(event);
        },
      },
    });
    const plan = new TrainingPlan(result.plan);
    const count = (label: string) =>
      result.ledger.entries
        .filter((entry) => entry.label === label)
        .reduce((sum, entry) => sum + entry.count, 0);
    expect(count('training')).toBe(released.steps);
    expect(count('training')).toBe(plan.steps);
    expect(released.analyses).toEqual([0, 1].map((i) => plan.eventAt('analysis', i)));
    expect(count('analysis')).toBe(2);
    for (const { event, label } of result.ledger.entries) {
      expect(event).toEqual(plan.eventAt(label, 0));
    }
    expect(result.ledger.epsilon(short.delta, { accountant: 'rdp' })).toBe(result.epsilon);
    expect(result.epsilon).toBeLessThanOrEqual(3);
  });

  it('shows that there is no guarantee with an insecure seed and without privacy', async () => {
    const insecure = await trainPrivately(twoLayers(4, 2), data, short);
    expect([insecure.guarantee, insecure.ledger.guarantee]).toEqual(['none', 'none']);
    const { epsilon, insecureSeed, ...rest } = short;
    const none = await trainPrivately(twoLayers(4, 2), data, { ...rest, guarantee: 'none' });
    expect(none).toMatchObject({ guarantee: 'none', epsilon: Infinity });
  });
});

describe('trainPrivately with a store', () => {
  it('resumes to the weights of an uninterrupted run', async () => {
    const whole = twoLayers(4, 2);
    const expected = await trainPrivately(whole, data, short);
    const store = new MemoryStore();
    const stop = new AbortController();
    const interrupted = await trainPrivately(twoLayers(4, 2), data, {
      ...short,
      store,
      stopBetweenSteps: stop.signal,
      callbacks: {
        onStepEnd: ({ steps }) => {
          if (steps === 11) stop.abort();
        },
      },
    });
    expect(interrupted).toMatchObject({ stopped: 'interrupted', summary: null });
    expect(interrupted.history).toHaveLength(2);
    const model = twoLayers(4, 2, 99);
    const resumed = await trainPrivately(model, data, { ...short, store });
    expect(weightsOf(model)).toEqual(weightsOf(whole));
    expect(resumed.history).toEqual(expected.history);
    expect(resumed.schedule).toEqual(expected.schedule);
    expect(resumed.ledger.entries).toEqual(expected.ledger.entries);
    await expect(trainPrivately(model, data, { ...short, store })).rejects.toThrow(/is finished/);
  });

  it('finds the same public part without the seed, and refuses another run', async () => {
    const { insecureSeed, ...secure } = short;
    const store = new MemoryStore();
    const stop = new AbortController();
    await trainPrivately(twoLayers(4, 2), data, {
      ...secure,
      store,
      stopBetweenSteps: stop.signal,
      callbacks: { onStepEnd: () => stop.abort() },
    });
    const other = { ...secure, store, policy: 'static' };
    await expect(trainPrivately(twoLayers(4, 2), data, other)).rejects.toThrow(/^resume: /);
    const { ledger, history } = await trainPrivately(twoLayers(4, 2), data, { ...secure, store });
    expect(history).toHaveLength(4);
    expect(ledger.epsilon(short.delta)).toBeLessThanOrEqual(3);
  });
});

describe('before the first charge, trainPrivately refuses', () => {
  const refusal = async (
    model: tfl.LayersModel,
    given: unknown,
    changes: object = {},
  ): Promise<string> => {
    const store = new MemoryStore();
    const options = { ...short, store, ...changes };
    const error = await trainPrivately(model, given as ExampleArrays, options).then(
      () => new Error('it was trained'),
      (reason: unknown) => reason as Error,
    );
    expect(store.done).toEqual([]);
    return error.message;
  };
  const softmax = () => {
    const model = twoLayers(4, 2);
    model.add(tfl.layers.softmax());
    return model;
  };

  it.each<
    [what: string, model: () => tfl.LayersModel, given: unknown, options: object, error: RegExp]
  >([
    ['a softmax under logits', softmax, data, {}, /softmax.*leave the activation out/],
    [
      'batch normalization',
      () => {
        const model = twoLayers(4, 2);
        model.add(tfl.layers.batchNormalization());
        return model;
      },
      data,
      {},
      /batch statistics .* use GroupNormalization/,
    ],
    ['inputs of another width', () => twoLayers(7, 2), data, {}, /no multiple of 7/],
    [
      'nested inputs of another shape',
      () => twoLayers(4, 2),
      { inputs: [[1, 2, 3]], targets: [0] },
      {},
      /data.inputs: expected examples of \[4\].*got \[3\].*inputShape/,
    ],
    [
      'lists of unequal lengths',
      () => twoLayers(4, 2),
      {
        inputs: [
          [1, 2, 3, 4],
          [1, 2],
        ],
        targets: [0, 1],
      },
      {},
      /^data.inputs\[1\]: expected a list of 4/,
    ],
    [
      'fewer targets than inputs',
      () => twoLayers(4, 2),
      { inputs, targets: classes.subarray(1) },
      {},
      /data.targets: expected the targets of 300 examples/,
    ],
    [
      'a label that the model has no output for',
      () => twoLayers(4, 2),
      { inputs, targets: classes.map((label, row) => (row === 17 ? 2 : label)) },
      {},
      /^data, row 17: expected as target a class index from 0 to 1, as the model has 2 outputs, got 2/,
    ],
    [
      'labels as text',
      () => twoLayers(4, 2),
      { inputs, targets: Array.from(classes, String) },
      {},
      /give classes as indices/,
    ],
    [
      'an input that is no number',
      () => twoLayers(4, 2),
      { inputs: inputs.map((value, i) => (i === 9 ? NaN : value)), targets: classes },
      {},
      /^data, row 2: expected inputs that are finite, got NaN/,
    ],
    [
      'targets that may be labels or numbers',
      () => twoLayers(4, 2),
      { inputs, targets: Array.from(classes, () => [0.5, 0.5]) },
      {},
      /^task: outputs \[2\] with targets \[2\] can be learned in more than one way/,
    ],
    ['whole numbers for one output', () => twoLayers(4, 1), data, {}, /^task: .*'binary'/],
    [
      'zeros and ones for one output',
      () => twoLayers(4, 1),
      { inputs, targets: Float32Array.from(classes) },
      {},
      /^task: all targets .* are 0 or 1; say by task: 'binary'/,
    ],
    [
      'a task that is none of the model’s',
      () => twoLayers(4, 2),
      data,
      { task: 'binary' },
      /task 'binary': expected a model with one logit, got outputs \[2\]; give its last layer one unit/,
    ],
    ['an unknown task', () => twoLayers(4, 2), data, { task: 'ranking' }, /^task: expected one of/],
    [
      'a misspelt option',
      () => twoLayers(4, 2),
      data,
      { batchsize: 9 },
      /unknown batchsize; known/,
    ],
    ['no goal', () => twoLayers(4, 2), data, { epsilon: undefined }, /expected one of epsilon/],
    ['two lengths', () => twoLayers(4, 2), data, { steps: 3 }, /expected one of epochs, steps/],
    ['a large batch', () => twoLayers(4, 2), data, { batchSize: 999 }, /^batchSize: 999 is larger/],
    ['a δ that is none', () => twoLayers(4, 2), data, { delta: 1.5 }, /^delta: /],
    [
      'no public example',
      () => twoLayers(4, 2),
      data,
      { validationFraction: 1e-4 },
      /leaves no public/,
    ],
    ['what is no data', () => twoLayers(4, 2), { x: inputs }, {}, /expected \{ inputs, targets \}/],
  ])('%s', async (_, model, given, options, error) => {
    expect(await refusal(model(), given, options)).toMatch(error);
  });
});
