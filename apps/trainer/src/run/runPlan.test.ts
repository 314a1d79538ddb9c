import { describe, expect, it } from '@jest/globals';
import { augmentedImages, imageDataset, splitByHash, type Dataset } from '@dpquant/data';
import type { TrainOptions } from '../flags/computingOptions.ts';
import { planRun, splitData } from './runPlan.ts';
import { recorder } from '../testing/recordedCommand.ts';
import { UsageError } from '../flags/usageError.ts';

const flags = {
  ...{ batchSize: 256, epochs: 8, epsilon: 3, delta: 1e-5, privacy: true, noiseRatio: 1 },
  ...{ clipNorm: 1, clipRatio: 1, clipping: 'flat', quantile: 0.5 },
  ...{ estimator: 'per-example', analysisInterval: 2, analysisClipNorm: 1.5 },
};
const training = { privacyUnits: { count: 8000 } } as Dataset;

function plan(changes: Partial<TrainOptions> = {}, hasAnalyses = false) {
  const { terminal, err } = recorder();
  const options = { ...flags, ...changes } as TrainOptions;
  const releases = { valueCount: 5000, layerCount: 4 };
  const released = { releases, hasAnalyses, before: null };
  return { planned: planRun(options, training, released, terminal), said: err };
}

describe('planRun', () => {
  it('calibrates what the flags ask for, as it always has', () => {
    const { planned, said } = plan({}, true);
    expect(planned).toMatchObject({
      ...{
        unitCount: 8000,
        sampleRate: 0.032,
        steps: 248,
        stepsPerEpoch: 31,
        clipNorm: 1,
        valueCount: 5000,
      },
      analyses: { ...{ sampleRate: 0.032, batches: 1, sensitivity: 1.5 }, valueCount: 4, count: 4 },
      accountant: 'pld',
    });
    const expected = 1.0511981495701164;
    expect(Math.abs((planned.noiseMultiplier as number) / expected - 1)).toBeLessThan(1e-6);
    expect(planned.analyses!.noiseMultiplier).toBe(planned.noiseMultiplier);
    expect(said).toEqual([]);
  });

  it('has analyses of so few examples that they take little of the time, unless told otherwise', () => {
    const analyses = (changes: Partial<TrainOptions>) => {
      const fixed = { noiseMultiplier: 1, steps: 20, analysisInterval: 1, batchSize: 800 };
      return plan({ ...fixed, ...changes }, true).planned.analyses!;
    };
    // 0.05·20·800·3.5 forward passes of an example, in 2 analyses of 4 layers and the baseline.
    expect(analyses({})).toMatchObject({ count: 2, sampleRate: 280 / 8000 });
    expect(analyses({ analysisBatchSize: 500 }).sampleRate).toBe(500 / 8000);
    expect(analyses({ estimator: 'rollout' }).sampleRate).toBe(800 / 8000);
    expect(analyses({ analysisStart: 1 })).toMatchObject({ count: 1, sampleRate: 560 / 8000 });
  });

  it('takes every flag of the plan', () => {
    const staged = { noiseMultiplier: 1.7, noiseRatio: 2, clipNorm: 4, clipRatio: 0.25, steps: 9 };
    expect(plan(staged).planned).toEqual({
      ...{ unitCount: 8000, sampleRate: 0.032, steps: 9, stepsPerEpoch: 31, accountant: 'pld' },
      valueCount: 5000,
      noiseMultiplier: { from: 1.7, to: 3.4 },
      clipNorm: { from: 4, to: 1 },
    });
    const quantile = { noiseMultiplier: 1, clipping: 'quantile', quantile: 0.7 };
    expect(plan(quantile).planned.quantileClipping).toEqual({ quantile: 0.7 });
    const own = { noiseMultiplier: 1, analysisNoise: 4, analysisBatchSize: 100 };
    expect(plan({ ...own, estimator: 'rollout' }, true).planned.analyses).toEqual({
      ...{ sampleRate: 0.0125, batches: 5, noiseMultiplier: 4, sensitivity: 3 },
      ...{ interval: 2, count: 4, valueCount: 4 },
    });
    expect(plan({ privacy: false }, true).planned).toMatchObject({
      ...{ noiseMultiplier: 0, clipNorm: null, guarantee: 'none' },
      analyses: { noiseMultiplier: 0 },
    });
  });

  it('refuses so many values that the closeness of their noise would matter', () => {
    const { terminal } = recorder();
    const releases = { valueCount: 3e13, layerCount: 4 };
    const released = { releases, hasAnalyses: false, before: null };
    for (const noise of [{}, { noiseMultiplier: 1.04 }]) {
      const options = { ...flags, ...noise } as TrainOptions;
      expect(() => planRun(options, training, released, terminal)).toThrow(
        /^epsilon: the noise of all values that the plan releases differs .* more than a thousandth/,
      );
    }
  });

  it('warns of a δ that one example outright would satisfy, and names flags that do not fit', () => {
    const loose = { noiseMultiplier: 1, delta: 1e-3 };
    expect(plan(loose).said).toEqual([expect.stringMatching(/^warning: δ = 0.001 is not below/)]);
    expect(plan({ ...loose, privacy: false }).said).toEqual([]);
    expect(() => plan({ batchSize: 8001 })).toThrow(/^batch-size: 8001 is larger than the 8000/);
    expect(() => plan({ analysisBatchSize: 8001 })).toThrow(/^analysis-batch-size: 8001/);
    const scheduled = { noiseMultiplier: 1, clipping: 'quantile', clipRatio: 2 };
    expect(() => plan(scheduled)).toThrow(UsageError);
    expect(() => plan(scheduled)).toThrow(/^clipNorm: quantile clipping starts from a number/);
  });
});

describe('splitData', () => {
  const images = imageDataset({
    name: 'images',
    pixels: Uint8Array.from({ length: 200 * 16 }, (_, i) => i % 251),
    labels: Array.from({ length: 200 }, (_, i) => i % 2),
    inputShape: [4, 4, 1],
    classNames: ['a', 'b'],
  });
  const options = { validationFraction: 0.3, shift: 2, cutout: 0, seed: 1 };
  const valuesOf = async (dataset: Dataset) =>
    (await dataset.read([0, 1, 2], { views: [4, 5, 6] })).inputs;

  it('splits by the seed of the split, and augments by that of the run', async () => {
    const { training, validation } = splitData(images, { ...options, splitSeed: 2 });
    const split = splitByHash(images, { validationFraction: 0.3, seed: 2 });
    expect(await valuesOf(validation)).toEqual(await valuesOf(split.validation));
    const expected = augmentedImages(split.training, { shift: 2, flip: false, cutout: 0, seed: 1 });
    expect(await valuesOf(training)).toEqual(await valuesOf(expected));
    expect(await valuesOf(splitData(images, { ...options, seed: 2 }).training)).not.toEqual(
      await valuesOf(training),
    );
  });

  it('splits by the seed of the run where there is no other', async () => {
    const { validation } = splitData(images, options);
    const split = splitByHash(images, { validationFraction: 0.3, seed: 1 });
    expect(await valuesOf(validation)).toEqual(await valuesOf(split.validation));
  });
});
