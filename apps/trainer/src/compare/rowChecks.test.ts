import { describe, expect, it } from '@jest/globals';
import { loadMnist } from '@dpquant/data/mnist';
import { subset } from '@dpquant/data';
import { dataRecord } from '../data/dataIdentity.ts';
import type { PlannedTraining } from '../run/plannedTraining.ts';
import type { RunConfig } from '../run/runRecords.ts';
import { splitData } from '../run/runPlan.ts';
import { requireSameRows } from './rowChecks.ts';

const choice = { data: 'digits.npz', validationFraction: 0.5, splitSeed: 1, seed: 1 };

/** What a run on the first so many digits knows of them. */
async function runOn(count: number, flags: object = {}) {
  const rows = Array.from({ length: count }, (_, i) => i * 7);
  const dataset = subset(await loadMnist(), rows);
  const split = splitData(dataset, { ...choice, shift: 0, cutout: 0 });
  const options = { ...choice, ...flags } as RunConfig['options'];
  const planned: Pick<PlannedTraining, 'options' | 'split'> = { options, split };
  return { planned, before: { options, data: await dataRecord(choice, split.validation) } };
}

describe('data of a comparison', () => {
  it('are those that its runs are on', async () => {
    const { planned, before } = await runOn(60);
    await expect(requireSameRows(planned, [before])).resolves.toBeUndefined();
  });

  it('are refused where they have grown, since they are split otherwise', async () => {
    const { before } = await runOn(60);
    const { planned } = await runOn(61);
    await expect(requireSameRows(planned, [before])).rejects.toThrow(
      /data: digits\.npz has not the rows/,
    );
    // Read otherwise they cannot be held against each other.
    const { before: larger } = await runOn(60, { imageSize: 40 });
    await expect(requireSameRows(planned, [larger])).resolves.toBeUndefined();
  });
});
