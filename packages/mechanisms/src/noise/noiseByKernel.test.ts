import { afterEach, beforeAll, expect, it, jest } from '@jest/globals';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { backendNamed } from '@dpquant/operations';
import { SeededRandom } from '@dpquant/random';
import { addGridNoise } from './gaussianMechanism.ts';
import { gridUnit } from './grid.ts';
import { noiseOperations, type GridNoiseAttributes } from './noiseOperations.ts';
import { writePlainNoisyValues } from './plainNoise.ts';
import { TrainingPlan } from '../plan/trainingPlan.ts';

const cpu = backendNamed<tf.KernelBackend>('cpu');

beforeAll(() => tf.setBackend('cpu'));

afterEach(() => {
  jest.restoreAllMocks();
  tf.unregisterKernel(noiseOperations.grid.name, 'cpu');
});

/** The plain reference, in place. */
function addPlainNoise(values: Int32Array, attributes: GridNoiseAttributes): void {
  const noisy = new Float64Array(values.length);
  writePlainNoisyValues(values, attributes, { values: noisy, factor: 1, divisor: 1 });
  values.set(noisy);
}

/** Registers a kernel of the cpu backend, from what it makes of the values in place. */
function registerKernel(
  change: (values: Int32Array, attributes: GridNoiseAttributes) => void,
): void {
  const config = noiseOperations.grid.on(cpu, (backend, inputs, attributes) => {
    const { dataId, shape } = inputs.values;
    const values = (backend.readSync(dataId) as Int32Array).slice();
    change(values, attributes);
    return { dataId: backend.write(values, shape, 'int32'), shape, dtype: 'int32' };
  });
  tf.registerKernel(config);
}

/** Lets each tensor be read later than those that are asked for after it. */
function readInReverse(): void {
  const backend = tf.backend();
  const read = backend.read.bind(backend);
  let milliseconds = 50;
  jest.spyOn(backend, 'read').mockImplementation(async (dataId) => {
    const values = await read(dataId);
    await new Promise((resolve) => setTimeout(resolve, (milliseconds -= 5)));
    return values;
  });
}

it('are used if the backend has one, with the same bits', async () => {
  // Far beyond an int32, too.
  const values = Float64Array.from({ length: 1000 }, (_, i) => (i % 5) * 2 ** 45 - 3 * i);
  const plain = values.slice();
  await addGridNoise(plain, 1e6, new SeededRandom(1, 'noise'));
  const calls: number[] = [];
  registerKernel((x, attributes) => {
    calls.push(x.length);
    addPlainNoise(x, attributes);
  });
  const before = tf.memory().numTensors;
  await addGridNoise(values, 1e6, new SeededRandom(1, 'noise'));
  expect(values).toEqual(plain);
  expect(calls).toEqual([1000]);
  expect(tf.memory().numTensors).toBe(before);
});

/** Adds the noise, then does damage to one of the values. */
const spoiltAt = (place: number) => (values: Int32Array, attributes: GridNoiseAttributes) => {
  addPlainNoise(values, attributes);
  values[values.length + place] = 7;
};

it.each<[string, (values: Int32Array, attributes: GridNoiseAttributes) => void]>([
  ['zeros', (values) => values.fill(0)],
  ['the values without noise', () => undefined],
  ['noise for all but the last', spoiltAt(-1)],
])('release nothing if they return %s', async (_, kernel) => {
  registerKernel(kernel);
  for (const length of [1, 2, 5, 1000]) {
    const values = new Float64Array(length).fill(3);
    const before = tf.memory().numTensors;
    const added = addGridNoise(values, 1e6, new SeededRandom(1, 'noise'));
    await expect(added).rejects.toThrow(/^AddGridNoise: the kernel of cpu did not add the noise/);
    expect(values).toEqual(new Float64Array(length).fill(3));
    expect(tf.memory().numTensors).toBe(before);
  }
});

it('cannot see the key after they have returned', async () => {
  const keys: Uint32Array[] = [];
  registerKernel((values, attributes) => {
    keys.push(attributes.key);
    addPlainNoise(values, attributes);
  });
  const added = addGridNoise(new Float64Array(3), 1e6, new SeededRandom(1, 'noise'));
  expect(keys).toEqual([new Uint32Array(8)]);
  await added;
});

it('let overlapping releases draw in the order of their calls', async () => {
  const steps = [0, 1, 2];
  const begin = () => {
    const data = {
      unitCount: 200,
      sampleRate: 0.1,
      noiseMultiplier: 2,
      clipNorm: 1,
      steps: 3,
      stepsPerEpoch: 3,
      valueCount: 10,
      quantileClipping: { countDeviation: 2 },
      analyses: {
        ...{ sampleRate: 0.1, noiseMultiplier: 1, sensitivity: 1, valueCount: 2 },
        ...{ interval: 1, count: 1 },
      },
    };
    const plan = new TrainingPlan(data, { insecureSeed: 5 });
    const sampled = steps.map((step) => plan.sample(step));
    const analysis = plan.sampleAnalysis();
    return {
      plan,
      release: (step: number) =>
        plan.release(sampled[step]!, {
          sums: new Map(['a', 'b'].map((name) => [name, new Float64Array(5).fill(step)])),
          gridUnit: gridUnit(1),
          sensitivity: 1,
          unclippedCount: step,
        }),
      releaseAnalysis: () =>
        plan.releaseAnalysis(analysis, {
          values: Float64Array.of(1, 2),
          gridUnit: gridUnit(1),
          sensitivity: 1,
        }),
    };
  };
  const alone = begin();
  const expected: unknown[] = [];
  for (const step of steps) expected.push(await alone.release(step));
  expected.push(await alone.releaseAnalysis());

  registerKernel(addPlainNoise);
  readInReverse();
  const overlapping = begin();
  const order: number[] = [];
  const releases = steps.map(async (step) => {
    const release = await overlapping.release(step);
    order.push(step);
    return release;
  });
  const found = Promise.all([...releases, overlapping.releaseAnalysis()]);
  // A plan's state has all draws in it as soon as a release is under way.
  expect(overlapping.plan.state().random).toEqual(alone.plan.state().random);
  expect(await found).toEqual(expected);
  expect(order).toEqual([2, 1, 0]);
  expect(overlapping.plan.state()).toEqual(alone.plan.state());
});
