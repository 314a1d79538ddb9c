import { beforeAll, describe, expect, it, jest } from '@jest/globals';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import type { PrivacyLedger } from '@dpquant/accounting';
import { unitsOfRows, type Dataset } from '@dpquant/data';
import {
  registerLayerRule,
  softmaxCrossEntropy,
  weightOf,
  type PerExampleLoss,
} from '@dpquant/gradients';
import { fullPrecision } from '@dpquant/scheduling';
import { accuracy } from './accuracy.ts';
import { sgd } from './optimizers/sgd.ts';
import { smallTrainer, stripes, stripesModel, stripesRun, weightsOf } from './testing/smallRun.ts';
import type { TrainingPosition } from './trainerTypes.ts';

beforeAll(async () => {
  tf.env().set('IS_NODE', false);
  await tf.setBackend('cpu');
});

const schedule = (position: TrainingPosition) =>
  position.assignments.map((assignment) => Object.fromEntries(assignment));

describe('DPTrainer', () => {
  it('learns with little noise', async () => {
    const { trainer, model } = smallTrainer({
      plan: { steps: 60, stepsPerEpoch: 20, noiseMultiplier: 0.05 },
      validation: stripes(),
    });
    const { stopped } = await trainer.run();
    expect(stopped).toBe('finished');
    expect(await accuracy(model, stripes())).toBeGreaterThan(0.95);
  });

  it('refuses a loss that mixes examples before reading any', async () => {
    const mixing: PerExampleLoss = (predictions, targets) =>
      tf.sub<tf.Tensor1D>(softmaxCrossEntropy(predictions, targets), tf.mean(predictions));
    const { trainer, ledger } = smallTrainer({ loss: mixing });
    await expect(trainer.run()).rejects.toThrow(/^loss: changing one example changes/);
    expect(ledger.entries).toEqual([]);
  });

  it('is reproducible under an insecure seed: weights, ledger, schedule', async () => {
    const run = async (seed: number) => {
      const { trainer, model, ledger } = smallTrainer({ plan: { insecureSeed: seed } });
      const { position } = await trainer.run();
      return { weights: weightsOf(model), ledger: ledger.toJSON(), schedule: schedule(position) };
    };
    const first = await run(5);
    expect(await run(5)).toEqual(first);
    expect((await run(6)).weights).not.toEqual(first.weights);
  });

  it('is not reproducible under a seed alone', async () => {
    const runs = [smallTrainer(), smallTrainer()];
    for (const { trainer } of runs) await trainer.run();
    expect(weightsOf(runs[0]!.model)).not.toEqual(weightsOf(runs[1]!.model));
    // The seed fixes the schedule.
    expect(schedule(runs[0]!.trainer.position)).toEqual(schedule(runs[1]!.trainer.position));
  });

  it("uses the schedule's seed for the choice of layers only", async () => {
    const run = async (seed: number, scheduleSeed?: number) => {
      const { trainer, model } = smallTrainer({
        ...{ seed, plan: { insecureSeed: 5, steps: 24 } },
        schedule: { ...stripesRun().schedule, seed: scheduleSeed },
      });
      const { position } = await trainer.run();
      return { weights: weightsOf(model), schedule: schedule(position) };
    };
    const plain = await run(3);
    expect(await run(3, 3)).toEqual(plain);
    expect((await run(4, 3)).schedule).toEqual(plain.schedule);
    expect((await run(4, 3)).weights).not.toEqual(plain.weights);
    expect((await run(3, 4)).schedule).not.toEqual(plain.schedule);
  });

  it('records and persists each step before reading its examples', async () => {
    const events: string[] = [];
    const data = stripes();
    const watched: Dataset = {
      privacyUnits: data.privacyUnits,
      name: data.name,
      count: data.count,
      inputShape: data.inputShape,
      targetShape: data.targetShape,
      classNames: data.classNames,
      read: (rows, options) => {
        if (events.at(-1) !== 'read') events.push('read');
        return data.read(rows, options);
      },
    };
    const { trainer, ledger } = smallTrainer({
      training: watched,
      plan: { steps: 3, sampleRate: 0.5 },
      persistLedger: async (current: PrivacyLedger) => {
        await new Promise((resolve) => setTimeout(resolve, 1));
        events.push(`persisted ${current.entries[0]!.count}`);
      },
    });
    await trainer.run();
    expect(events).toEqual(['persisted 1', 'read', 'persisted 2', 'read', 'persisted 3', 'read']);
    expect(ledger.entries).toHaveLength(1);
    expect(ledger.entries[0]!.label).toBe('training');
  });

  it('computes nothing when the ledger cannot be persisted', async () => {
    const { trainer, model } = smallTrainer({
      persistLedger: () => Promise.reject(new Error('disk full')),
    });
    const before = weightsOf(model);
    await expect(trainer.run()).rejects.toThrow('disk full');
    expect(weightsOf(model)).toEqual(before);
  });

  it('keeps the number of tensors from step to step', async () => {
    const counts: number[] = [];
    const { trainer } = smallTrainer({
      callbacks: {
        onStepEnd: () => {
          counts.push(tf.memory().numTensors);
        },
      },
    });
    await trainer.run();
    expect(counts).toHaveLength(8);
    expect(new Set(counts).size).toBe(1);
  });

  it('updates by noise of σ·C over the expected batch size without a gradient', async () => {
    // Inputs of zero and no biases: every gradient is zero, every update pure noise.
    const data = stripes();
    const blank: Dataset = {
      name: 'blank',
      count: data.count,
      inputShape: [4, 4, 1],
      targetShape: [],
      classNames: data.classNames,
      privacyUnits: data.privacyUnits,
      async read(rows, options) {
        const batch = await data.read(rows, options);
        return { ...batch, inputs: batch.inputs.map(() => 0) };
      },
    };
    const model = tfl.sequential({
      layers: [
        tfl.layers.flatten({ inputShape: [4, 4, 1] }),
        tfl.layers.dense({ units: 400, useBias: false, kernelInitializer: 'zeros' }),
        tfl.layers.dense({ units: 2, useBias: false, kernelInitializer: 'zeros' }),
      ],
    });
    const steps: number[][] = [];
    let previous = weightsOf(model);
    const { trainer } = smallTrainer({
      model,
      training: blank,
      plan: { clipNorm: 3, noiseMultiplier: 2, steps: 4 },
      optimizer: sgd({ learningRate: 1 }),
      schedule: { policy: fullPrecision(), format: 'luq-fp4', budget: { quantizedFraction: 0 } },
      callbacks: {
        onStepEnd: () => {
          const now = weightsOf(model);
          steps.push(now.map((weight, i) => weight - previous[i]!));
          previous = now;
        },
      },
    });
    await trainer.run();
    // The first layer's weights never get a gradient (its input is zero).
    const first = steps.map((update) => update.slice(0, 6400));
    const expected = (2 * 3) / (0.25 * 60);
    const deviation = (x: number[]) => Math.sqrt(x.reduce((s, v) => s + v * v, 0) / x.length);
    for (const update of first) {
      expect(Math.abs(deviation(update) / expected - 1)).toBeLessThan(5 / Math.sqrt(2 * 6400));
    }
    for (let i = 1; i < 4; i++) {
      const product = first[i]!.reduce((s, v, j) => s + v * first[i - 1]![j]!, 0) / 6400;
      expect(Math.abs(product / expected ** 2)).toBeLessThan(5 / Math.sqrt(6400));
    }
  });

  it('takes no step beyond the plan and reports it', async () => {
    const { trainer, ledger } = smallTrainer({ plan: { chargedSteps: 5 } });
    const { stopped, position } = await trainer.run();
    expect(stopped).toBe('privacy budget exhausted');
    expect(position.step).toBe(3);
    expect(ledger.entries[0]!.count).toBe(3);
  });

  it('stops between two steps when asked to', async () => {
    const controller = new AbortController();
    const { trainer } = smallTrainer({
      callbacks: {
        onStepEnd: ({ step }) => {
          if (step === 1) controller.abort();
        },
      },
    });
    const { stopped, position } = await trainer.run({ signal: controller.signal });
    expect(stopped).toBe('interrupted');
    expect(position.step).toBe(2);
  });

  it('finishes the charged step when asked to stop between steps', async () => {
    const controller = new AbortController();
    const { trainer, ledger } = smallTrainer({
      persistLedger: async (current) => {
        if (current.entries[0]?.count === 2) controller.abort();
      },
    });
    const { stopped, position } = await trainer.run({ stopBetweenSteps: controller.signal });
    expect(stopped).toBe('interrupted');
    expect(position.step).toBe(2);
    expect(ledger.entries[0]!.count).toBe(2);
  });

  it('continues from a position as if uninterrupted, under an insecure seed', async () => {
    const seeded = { insecureSeed: 9 };
    const whole = smallTrainer({ plan: seeded });
    await whole.trainer.run();

    const controller = new AbortController();
    const interrupted = smallTrainer({
      plan: seeded,
      callbacks: {
        onStepEnd: ({ step }) => {
          if (step === 4) controller.abort();
        },
      },
    });
    const { position } = await interrupted.trainer.run({ signal: controller.signal });
    // The plan's randomness continues in the resumed plan through its JSON state.
    const state = interrupted.plan.state();
    const resumed = smallTrainer({
      model: interrupted.model,
      ledger: interrupted.ledger,
      plan: { ...seeded, chargedSteps: 5, state },
    });
    resumed.trainer.restore(position);
    await resumed.trainer.run();
    expect(weightsOf(resumed.model)).toEqual(weightsOf(whole.model));
    expect(interrupted.ledger.toJSON()).toEqual(whole.ledger.toJSON());
  });

  it('stops and names weight and step when released values are not finite', async () => {
    const { trainer, plan } = smallTrainer();
    const release = plan.release.bind(plan);
    jest.spyOn(plan, 'release').mockImplementation(async (...given) => {
      const released = await release(...given);
      released.mean.get([...released.mean.keys()][1]!)![2] = NaN;
      return released;
    });
    await expect(trainer.run()).rejects.toThrow(
      /step 0: the released gradient of ".*" is not finite/,
    );
  });

  it('refuses models, data and counts that do not fit', () => {
    const model = tfl.sequential({
      layers: [
        tfl.layers.flatten({ inputShape: [4, 4, 1] }),
        tfl.layers.batchNormalization(),
        tfl.layers.dense({ units: 2 }),
      ],
    });
    expect(() => smallTrainer({ model })).toThrow(/cannot be trained privately.*BatchNorm/);
    expect(() => smallTrainer({ plan: { unitCount: 59 } })).toThrow(/59 privacy units.*has 60/);
    expect(() => smallTrainer({ plan: { stepsPerEpoch: 0 } })).toThrow(/stepsPerEpoch/);
    expect(() => smallTrainer({ physicalBatchSize: 1.5 })).toThrow(/physicalBatchSize/);
  });

  describe('units of several rows', () => {
    /** Thirty units of two rows, and what was read of them. */
    function pairs() {
      const data = stripes();
      const reads: { rows: number[]; views: number[] }[] = [];
      const grouped: Dataset = {
        ...data,
        name: 'grouped',
        count: 60,
        privacyUnits: unitsOfRows(
          Array.from({ length: 60 }, (_, i) => i >> 1),
          30,
        ),
        read(rows, options) {
          reads.push({ rows: Array.from(rows), views: Array.from(options?.views ?? []) });
          return data.read(rows, options);
        },
      };
      return { grouped, reads };
    }
    const plan = { unitCount: 30, sampleRate: 1, steps: 4 };

    it('contribute one row each, drawn anew in every step', async () => {
      const { grouped, reads } = pairs();
      await smallTrainer({ training: grouped, plan, physicalBatchSize: 64 }).trainer.run();
      expect(reads.map(({ rows }) => rows.map((row) => row >> 1))).toEqual(
        new Array(4).fill(Array.from({ length: 30 }, (_, unit) => unit)),
      );
      expect(new Set(reads.map(({ rows }) => rows.join())).size).toBe(4);
    });

    it('contribute several rows, each in a view of its own', async () => {
      const { grouped, reads } = pairs();
      const several = { training: grouped, plan, physicalBatchSize: 7, rowsPerUnit: 3 };
      await smallTrainer(several).trainer.run();
      for (const { rows } of reads) {
        expect(rows.length % 3).toBe(0);
        rows.forEach((row, i) => expect(row >> 1).toBe(rows[i - (i % 3)]! >> 1));
      }
      const firstUnits = reads.filter(({ rows }) => rows[0]! < 2);
      const views = firstUnits.map((read) => read.views.slice(0, 3));
      expect(views).toEqual([1, 4, 7, 10].map((view) => [view, view + 1, view + 2]));
    });
  });

  it('adds the gradients of regularizers after the noise, outside of the clip norm', async () => {
    const model = tfl.sequential({
      layers: [
        tfl.layers.flatten({ inputShape: [4, 4, 1] }),
        tfl.layers.dense({
          units: 2,
          kernelRegularizer: tfl.regularizers.l2({ l2: 2 }),
          kernelInitializer: 'ones',
        }),
      ],
    });
    const plan = {
      sampleRate: 1e-9,
      noiseMultiplier: 0,
      guarantee: 'none' as const,
      clipNorm: 1e-3,
      steps: 1,
    };
    await smallTrainer({ model, plan, optimizer: sgd({ learningRate: 0.1 }) }).trainer.run();
    // Nothing was drawn: w ← w − 0.1·4·w.
    for (const weight of model.getWeights()[0]!.dataSync()) expect(weight).toBeCloseTo(0.6, 6);
  });

  it('adapts the clip norm to the gradients', async () => {
    const { trainer, plan } = smallTrainer({
      plan: { clipNorm: 100, noiseMultiplier: 0.3, quantileClipping: {} },
    });
    await trainer.run();
    // All gradients are far below: C falls by e^(−0.2·0.5) a step, but for the count's noise.
    expect(plan.clipNorm).toBeGreaterThan(100 * Math.exp(-0.8) * 0.8);
    expect(plan.clipNorm).toBeLessThan(100 * Math.exp(-0.8) * 1.25);
  });

  it("compares a user's rule with TensorFlow.js's gradient before the first step", async () => {
    registerLayerRule({
      className: 'Doubled',
      call: (layer, x, pass) =>
        pass.weighted(x, weightOf(layer, 'shift')!, (input) => ({
          value: tf.add(input, weightOf(layer, 'shift')!),
          backward: (dy) => ({ dx: dy, gradients: tf.mul(dy, 2) }),
        })),
    });
    class Doubled extends tfl.layers.Layer {
      static readonly className = 'Doubled';
      shift: tfl.LayerVariable | undefined;
      override build(): void {
        this.shift = this.addWeight('shift', [2], 'float32', tfl.initializers.zeros());
        this.built = true;
      }
      override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
        return tf.add([inputs].flat()[0]!, this.shift!.read());
      }
    }
    const model = stripesModel();
    model.add(new Doubled());
    const { trainer, ledger } = smallTrainer({ model });
    await expect(trainer.run()).rejects.toThrow(/do not add up.*correct the rule/);
    expect(ledger.entries).toEqual([]);
  });

  it("refuses a policy's formats for layers that do not exist", async () => {
    const policy = { name: 'mine', select: () => new Map([['nowhere', 'luq-fp4']]) };
    const { trainer } = smallTrainer({
      schedule: { policy, format: 'luq-fp4', budget: { quantizedFraction: 1 } },
    });
    await expect(trainer.run()).rejects.toThrow(/mine, epoch 0: .*'nowhere'/);
  });

  it('gives quantities without noise only as unsafe', async () => {
    const seen: object[] = [];
    const { trainer } = smallTrainer({
      validation: stripes(),
      callbacks: {
        onEpochBegin: (epoch) => void seen.push(epoch),
        onStepEnd: (step, unsafe) => {
          seen.push(step);
          expect(Object.keys(unsafe)).toEqual([
            'batchSize',
            'loss',
            'clippedShare',
            'norms',
            'clippedSums',
          ]);
        },
        onEpochEnd: (epoch) => void seen.push(epoch),
      },
    });
    await trainer.run();
    const keys = new Set(seen.flatMap((record) => Object.keys(record)));
    expect([...keys].sort()).toEqual([
      'assignment',
      'epoch',
      'mean',
      'step',
      'steps',
      'validationAccuracy',
      'validationMetrics',
    ]);
  });
});

describe('accuracy', () => {
  it('counts every row once, whatever the batch size', async () => {
    const model = stripesModel();
    const data = stripes();
    const batch = await data.read(Array.from({ length: 60 }, (_, i) => i));
    const classes = tf
      .argMax(model.predict(tf.tensor(batch.inputs, [60, 4, 4, 1])) as tf.Tensor, 1)
      .dataSync();
    const expected = batch.targets.filter((target, i) => target === classes[i]).length / 60;
    for (const size of [7, 60, 100]) expect(await accuracy(model, data, size)).toBe(expected);
  });
});
