import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it, jest } from '@jest/globals';
import { loadDataset } from '@dpquant/data/node';
import type { RunSummary } from '@dpquant/training';
import { dataRecord, isSameData } from './dataIdentity.ts';
import { splitData } from '../run/runPlan.ts';
import { ppmFile } from '../testing/ownFiles.ts';
import { dpquant } from '../testing/recordedCommand.ts';
import { temporaryFolder } from '../testing/temporaryFolder.ts';

jest.setTimeout(120_000);

const folder = temporaryFolder();
const parts = 'train/ is private training data; test/ is public validation data, outside';

/** Two classes that any network tells apart, in folders `train` and `test`. */
async function photos(): Promise<string> {
  for (const [part, count] of [
    ['train', 40],
    ['test', 10],
  ] as const) {
    for (const [name, colour] of Object.entries({ light: [250, 180, 220], dark: [20, 20, 60] })) {
      for (let i = 0; i < count; i++) {
        const path = join(folder(), 'photos', part, name, `${part}${i >> 1}_${i}.ppm`);
        await mkdir(dirname(path), { recursive: true });
        await writeFile(
          path,
          ppmFile(8, 8, [colour[0]!, colour[1]! + i, colour[2]! + (part === 'test' ? 9 : 0)]),
        );
      }
    }
  }
  return join(folder(), 'photos');
}

describe('a folder of images in train and test', () => {
  it('is described: which is private and which is public', async () => {
    const data = await photos();
    const { out, err } = await dpquant('data', data);
    expect(out.split('\n').slice(0, 3)).toEqual([
      'examples       100',
      'private        80 in train',
      'public         20 in test',
    ]);
    expect(err.join('\n')).toContain(parts);
    expect(JSON.parse((await dpquant('data', data, '--json')).out)).toMatchObject({
      split: {
        training: { folder: 'train', count: 80 },
        validation: { folder: 'test', count: 20 },
      },
    });
  });

  it('trains on one and shows the accuracy on the other', async () => {
    const data = await photos();
    const out = join(folder(), 'run');
    const trained = await dpquant(
      ...[
        'train',
        '--data',
        data,
        '--privacy-unit',
        '(.+)_',
        '--model',
        'mlp',
        '--epochs',
        '8',
        '--learning-rate',
        '0.5',
      ],
      ...['--image-channels', '1', '--policy', 'full', '--batch-size', '10', '--delta', '1e-3'],
      ...['--noise-multiplier', '0.5', '--backend', 'cpu', '--out', out, '--json'],
    );
    expect([trained.code, trained.err.join('\n')]).toEqual([0, expect.stringContaining(parts)]);
    expect((JSON.parse(trained.out) as RunSummary).accuracy).toBeGreaterThan(0.9);
    const { out: evaluated } = await dpquant('evaluate', out, '--json');
    expect(JSON.parse(evaluated)).toMatchObject({
      examples: 20,
      guarantee: 'differential privacy',
    });
  });

  it('is refused where a privacy unit is in both', async () => {
    const data = await photos();
    for (const command of [
      ['data', data],
      ['train', '--data', data],
    ]) {
      const { code, err } = await dpquant(...command, '--privacy-unit', '/t[a-z]*([0-9]+)_');
      expect(code).not.toBe(0);
      expect(err.join('\n')).toMatch(/expected each privacy unit in one part, got 5 with examples/);
    }
  });

  it('is the same data as the folder train in it, whatever is public of that', async () => {
    const data = await photos();
    const choice = { data, seed: 1, validationFraction: 0.2 };
    const dataset = await loadDataset(data);
    const { validation } = splitData(dataset, { ...choice, shift: 0, flip: false, cutout: 0 });
    const record = await dataRecord(choice, validation);
    const within = join(data, 'train');
    expect(await isSameData(record, { data: within }, await loadDataset(within))).toBe(true);
    const other = join(folder(), 'other');
    expect(await isSameData(record, { data: other }, await loadDataset(within))).toBe(false);
  });
});
