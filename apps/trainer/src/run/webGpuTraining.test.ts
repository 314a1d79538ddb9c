import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import { PrivacyLedger } from '@dpquant/accounting';
import { DeviceError, startBackend, stopBackends } from '@dpquant/backends';
import { loadMnist } from '@dpquant/data/mnist';
import { softmaxCrossEntropy, trainableValueCount } from '@dpquant/gradients';
import { TrainingPlan } from '@dpquant/mechanisms';
import { smallCnn } from '@dpquant/models';
import { int4LuqArithmetic, registerArithmetic } from '@dpquant/quantization';
import { fullPrecision, type ScheduleContext } from '@dpquant/scheduling';
import { DPTrainer, sgd, type DPTrainerOptions } from '@dpquant/training';

jest.setTimeout(300_000);

beforeAll(() => {
  registerArithmetic(int4LuqArithmetic(2));
});
afterAll(stopBackends);

const describeOnWebGpu =
  (globalThis as { webGpuAdapter?: string | null }).webGpuAdapter === null
    ? describe.skip
    : describe;

/** A private training of small-cnn on a few digits a step, in which all randomness is seeded. */
async function training(changes: Partial<DPTrainerOptions> = {}, steps = 20) {
  const dataset = await loadMnist();
  const model = newModel();
  const unitCount = dataset.privacyUnits.count;
  const ledger = new PrivacyLedger();
  const trainer = new DPTrainer({
    model,
    loss: softmaxCrossEntropy,
    training: dataset,
    plan: new TrainingPlan(
      {
        unitCount,
        sampleRate: 4 / unitCount,
        noiseMultiplier: 1,
        clipNorm: 1,
        steps,
        stepsPerEpoch: steps,
        valueCount: trainableValueCount(model),
      },
      { insecureSeed: 7 },
    ),
    optimizer: sgd({ learningRate: 0.5 }),
    schedule: { policy: fullPrecision(), format: 'luq-fp4', budget: { quantizedLayers: 0 } },
    seed: 3,
    physicalBatchSize: 4,
    ledger,
    ...changes,
  });
  return { trainer, model, ledger };
}

const newModel = () => smallCnn({ inputShape: [28, 28, 1], classes: 10, seed: 5 });
const initial = () => weightsOf(newModel());
const distance = (a: number[], b: number[]) => Math.hypot(...a.map((x, i) => x - b[i]!));

async function weightsOf(model: ReturnType<typeof smallCnn>): Promise<number[]> {
  const values: number[] = [];
  for (const weight of model.getWeights()) values.push(...(await weight.data()));
  return values;
}

describeOnWebGpu('training on WebGPU', () => {
  it('of small-cnn over 3 private steps ends where wasm does', async () => {
    const ends: number[][] = [];
    for (const backend of ['wasm', 'webgpu']) {
      await startBackend(backend);
      const { trainer, model } = await training({}, 3);
      const { stopped } = await trainer.run();
      expect(stopped).toBe('finished');
      ends.push(await weightsOf(model));
    }
    const [expected, found] = ends as [number[], number[]];
    expect(distance(found, expected)).toBeLessThan(1e-4 * distance(expected, await initial()));
  });

  it.each(['int4-luq-smp2'])(
    'of all layers in %s over 2 private steps ends where wasm does',
    async (format) => {
      const policy = {
        name: 'every layer',
        select: ({ layers }: ScheduleContext) => new Map(layers.map(({ name }) => [name, format])),
      };
      const schedule = { policy, format, budget: { quantizedFraction: 1 } };
      const ends: number[][] = [];
      for (const backend of ['wasm', 'webgpu']) {
        await startBackend(backend);
        const { trainer, model } = await training({ schedule }, 2);
        const { stopped } = await trainer.run();
        expect(stopped).toBe('finished');
        ends.push(await weightsOf(model));
      }
      const [expected, found] = ends as [number[], number[]];
      // Most of what a weight moves is noise, the same on both; formats differ by 1 % of it and
      // more.
      expect(distance(found, expected)).toBeLessThan(1e-3 * distance(expected, await initial()));
    },
  );

  it('charges nothing for a format that the backend has no kernel for', async () => {
    await startBackend('webgpu');
    const { trainer, ledger } = await training({
      schedule: { policy: fullPrecision(), format: 'mxfp4', budget: { quantizedLayers: 0 } },
    });
    await expect(trainer.run()).rejects.toThrow(
      /mxfp4: the backend webgpu has no kernel.*format without blocks there, or the backend wasm/,
    );
    expect(ledger.entries).toEqual([]);
  });

  it('ends with an error when the device is lost, releasing nothing of that step', async () => {
    await startBackend('webgpu');
    const released: number[] = [];
    const { trainer, ledger } = await training({
      callbacks: {
        onStepEnd({ step }) {
          released.push(step);
          const { device } = tf.backend() as unknown as { device: GPUDevice };
          if (step === 1) device.destroy();
        },
      },
    });
    await expect(trainer.run()).rejects.toThrow(DeviceError);
    expect(released).toEqual([0, 1]);
    expect(trainer.position.step).toBe(2);
    // The lost step is charged.
    expect(ledger.entries.reduce((sum, { count }) => sum + count, 0)).toBe(3);
  });
});
