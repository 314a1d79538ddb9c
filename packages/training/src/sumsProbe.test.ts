import { afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { softmaxCrossEntropy } from '@dpquant/gradients';
import { mlp, smallCnn } from '@dpquant/models';
import { probeSums } from './modelProbe.ts';
import type { FoundSums, ProbeRequest } from './source/gradientSource.ts';
import { localSource } from './source/localSource.ts';
import { smallTrainer, stripes, stripesModel } from './testing/smallRun.ts';
import type { SumsProbed } from './trainerTypes.ts';

beforeAll(async () => {
  tf.env().set('IS_NODE', false);
  await tf.setBackend('cpu');
});

const options = { inputShape: [9, 9, 1], classes: 3, seed: 1 } as const;
const models = {
  'small-cnn': () => smallCnn(options),
  mlp: () => mlp({ ...options, hiddenUnits: [16, 8] }),
};
const shapes = { inputShape: [9, 9, 1], targetShape: [], classNames: ['a', 'b', 'c'] };
const formats = ['float32', 'luq-fp4', 'int8'];

const found = (name: keyof typeof models, physicalBatchSize: number, rowsPerUnit = 1) =>
  probeSums(models[name](), shapes, softmaxCrossEntropy, formats, {
    ...{ weightsVersion: 1, physicalBatchSize, rowsPerUnit },
    clipping: { rule: rowsPerUnit === 1 ? 'flat' : 'per-layer', clipNorm: 1 },
  });

describe('sums on the CPU backend', () => {
  const right = tf.getKernel(tf.BatchMatMul, 'cpu');
  const replaced = (kernelFunc: tf.KernelFunc) => {
    tf.unregisterKernel(tf.BatchMatMul, 'cpu');
    tf.registerKernel({ ...right, kernelFunc });
  };
  afterEach(() => replaced(right.kernelFunc));

  it.each(['small-cnn', 'mlp'] as const)('are exact in %s', async (name) => {
    const tensors = tf.memory().numTensors;
    const model = models[name]();
    const ofModel = tf.memory().numTensors - tensors;
    model.dispose();
    expect(await found(name, 5)).toEqual({ arithmetic: 'exact' });
    // Seven rows hold three units of two.
    expect(await found(name, 7, 2)).toEqual({ arithmetic: 'exact' });
    expect(tf.memory().numTensors).toBe(tensors + 2 * ofModel);
  });

  it('are float if a product computes the last row of a batch differently, and name the format', async () => {
    const wrong = (rows: number) => {
      replaced((given) => {
        const result = right.kernelFunc(given) as tf.TensorInfo;
        const [first] = result.shape as [number];
        if (first !== rows) return result;
        const values = (given.backend as tf.KernelBackend).readSync(result.dataId) as Float32Array;
        for (let i = values.length - values.length / rows; i < values.length; i++) {
          values[i]! *= 1 + 2 ** -23;
        }
        return result;
      });
    };
    wrong(5);
    expect(await found('mlp', 5)).toEqual({
      arithmetic: 'float',
      format: 'float32',
      reason: 'layer "hidden1" (Dense) has other bits at another place of the batch',
    });
    // Whole batches of another size are not those of the run.
    wrong(4);
    expect(await found('mlp', 5)).toEqual({ arithmetic: 'exact' });
  });
});

const exact: FoundSums = { arithmetic: 'exact' };
const inFloat: FoundSums = { arithmetic: 'float', reason: 'it differs', format: 'luq-fp4' };

/** A run whose source gives a result for one format, with its requests and reports. */
async function probedRun(
  answer: (format: string) => FoundSums | null,
  changes: Parameters<typeof smallTrainer>[0] = {},
) {
  const model = stripesModel();
  const asked: ProbeRequest[] = [];
  const told: SumsProbed[] = [];
  const events: string[] = [];
  const local = localSource({ model, training: stripes(), loss: softmaxCrossEntropy });
  const { trainer } = smallTrainer({
    ...changes,
    model,
    source: {
      ...local,
      probe: async (request) => {
        asked.push(request);
        if (!request.sums) return null;
        const answers = request.formats.map(answer);
        return answers.find((each) => each?.arithmetic !== 'exact') ?? answers[0]!;
      },
    },
    persistLedger: async () => void events.push('charged'),
    callbacks: {
      onProbe: (probe) => {
        told.push(probe);
        events.push('probed');
      },
    },
  });
  const { position } = await trainer.run();
  return { arithmetic: position.arithmetic, asked, told, events };
}

describe('a trainer', () => {
  const plan = { steps: 3, stepsPerEpoch: 1 };

  it('probes each format once, before anything is charged in it', async () => {
    const changes = { plan, physicalBatchSize: 7, rowsPerUnit: 2, clipping: 'per-layer' };
    const { arithmetic, asked, told, events } = await probedRun(() => exact, changes);
    const requests = asked.filter(({ sums }) => sums);
    expect(requests.map(({ formats: names }) => names)).toEqual([['float32'], ['luq-fp4']]);
    expect(requests[0]).toMatchObject({
      model: null,
      sums: { physicalBatchSize: 7, rowsPerUnit: 2, clipping: { rule: 'per-layer', clipNorm: 1 } },
    });
    expect(events).toEqual(['probed', 'probed', 'charged', 'charged', 'charged']);
    expect(told.map(({ before }) => before)).toEqual([null, 'exact']);
    expect(arithmetic).toBe('exact');
  });

  it('continues if sums are not exact in one of its formats, and reports it', async () => {
    const { arithmetic, told, events } = await probedRun(
      (format) => (format === 'luq-fp4' ? inFloat : exact),
      { plan },
    );
    expect(told.at(-1)).toEqual({ arithmetic: 'float', before: 'exact', found: inFloat });
    expect(events.filter((event) => event === 'charged')).toHaveLength(3);
    expect(arithmetic).toBe('float');
  });

  it('treats a source without an answer as not exact', async () => {
    expect((await probedRun(() => null, { plan })).arithmetic).toBe('float');
  });

  it('keeps the worst result', async () => {
    const { arithmetic } = await probedRun((format) => (format === 'float32' ? inFloat : exact), {
      plan,
    });
    expect(arithmetic).toBe('float');
  });

  it('probes nothing without clipping, where sums are float', async () => {
    const { arithmetic, asked, told } = await probedRun(() => exact, {
      clipping: 'none',
      plan: { ...plan, guarantee: 'none', noiseMultiplier: 0, clipNorm: null },
    });
    expect(asked.every(({ sums }) => sums === null)).toBe(true);
    expect([arithmetic, told]).toEqual(['float', []]);
  });
});
