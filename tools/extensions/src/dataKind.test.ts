import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { tableDataset } from '@dpquant/data';
import { loadDataset, registerDataKind } from '@dpquant/data/node';

/** A kind of data: a JSON array of `[input, …, class index]` a line. */
registerDataKind({
  name: 'json lines',
  expected: '.jsonl',
  recognizes: (name, isFolder) => !isFolder && name.endsWith('.jsonl'),
  options: [],
  async load(path, { classNames = ['no', 'yes'] }) {
    const lines = (await readFile(path, 'utf8')).trim().split('\n');
    const rows = lines.map((line) => JSON.parse(line) as number[]);
    const width = rows[0]!.length - 1;
    return tableDataset({
      name: path,
      values: Float32Array.from(rows.flatMap((row) => row.slice(0, width))),
      inputShape: [width],
      labels: rows.map((row) => row[width]!),
      classNames,
    });
  },
});

it('reads a kind of data of its own by its name', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'dpquant-kind-'));
  try {
    const path = join(folder, 'signs.jsonl');
    await writeFile(path, '[1, 2.5, 1]\n[-1, 0, 0]\n');
    const dataset = await loadDataset(path);
    expect(dataset).toMatchObject({ count: 2, inputShape: [2], classNames: ['no', 'yes'] });
    const { inputs, targets } = await dataset.read([1, 0]);
    expect([[...inputs], [...targets]]).toEqual([
      [-1, 0, 1, 2.5],
      [0, 1],
    ]);
    await expect(loadDataset(path, { encoding: 'latin1' })).rejects.toThrow(
      'encoding is for csv; this is json lines: leave it out (--encoding)',
    );
  } finally {
    await rm(folder, { recursive: true });
  }
});
