import { beforeAll, describe, expect, it } from '@jest/globals';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { arrayDataset, type Dataset } from '@dpquant/data';
import { learnableExamples, twoLayers } from '../testing/learnableExamples.ts';
import { trainPrivately } from './trainPrivately.ts';

beforeAll(async () => {
  tf.env().set('IS_NODE', false);
  await tf.setBackend('cpu');
});

const options = { epsilon: 3, delta: 1e-4, steps: 3, batchSize: 50, insecureSeed: 7 } as const;

/** 300 examples of which the last 40 came in a folder of their own. */
function examplesInTwoFolders(): Dataset {
  const { inputs, classes } = learnableExamples(300, 4);
  const shapes = { inputShape: [4], targetShape: [] };
  const dataset = arrayDataset({ name: 'photos', inputs, targets: classes, ...shapes });
  const validationRows = Array.from({ length: 40 }, (_, i) => 260 + i);
  const givenSplit = { training: 'train', validation: 'test', validationRows };
  return { ...dataset, givenSplit };
}

describe('data with a split of their own', () => {
  it('are split as given', async () => {
    const data = examplesInTwoFolders();
    const { plan, summary } = await trainPrivately(twoLayers(4, 2), data, options);
    expect(plan.unitCount).toBe(260);
    expect(summary!.confusionMatrix!.flat().reduce((a, b) => a + b)).toBe(40);
  });

  it('are not split in another way', async () => {
    const asked = { ...options, validationFraction: 0.2 };
    await expect(trainPrivately(twoLayers(4, 2), examplesInTwoFolders(), asked)).rejects.toThrow(
      '"photos" already defines which examples are public; leave the option out',
    );
  });
});
