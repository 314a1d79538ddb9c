import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import '@tensorflow/tfjs-backend-cpu';
import * as tfl from '@tensorflow/tfjs-layers';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { loadDataset } from '@dpquant/data/node';
import { classification } from '@dpquant/training';
import { checkExamples, checkInputsSuitModel, sayWarnings } from './dataChecks.ts';
import { loadChosenData } from './loadChosenData.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { npyFile, npzFile, ppmFile } from '../testing/ownFiles.ts';
import { temporaryFolder } from '../testing/temporaryFolder.ts';

const folder = temporaryFolder();
const task = classification();
let said: string[];
let shown: string[];
beforeEach(() => {
  said = [];
  shown = [];
});
const terminal: Terminal = {
  result: () => undefined,
  say: (line) => said.push(line),
  tellOwner: (line) => said.push(line),
  show: (line) => shown.push(line),
  isInteractive: true,
  bold: (text) => text,
  faint: (text) => text,
};

describe('an embedding', () => {
  const embedding = () =>
    tfl.layers.embedding({ inputDim: 300, outputDim: 2, inputLength: 3, name: 'words' });
  const plain = () =>
    tfl.sequential({ layers: [embedding(), tfl.layers.flatten(), tfl.layers.dense({ units: 2 })] });
  const nested = () => tfl.sequential({ layers: [plain(), tfl.layers.dense({ units: 2 })] });

  it.each([
    ['at the beginning', plain],
    ['within a model', nested],
  ])('%s wants ids, no pixels', async (_, model) => {
    const data = join(folder(), 'ids.npz');
    const ids = npyFile([2, 3], Uint8Array.of(1, 2, 3, 255, 0, 7));
    await writeFile(data, npzFile({ x: ids, y: npyFile([2], Uint8Array.of(0, 1)) }));
    const scaled = await loadChosenData({ data });
    expect(() => {
      checkInputsSuitModel(scaled, model());
    }).toThrow(
      `token-ids: the embedding "words" looks up whole numbers, and the bytes of ${data} are read as pixels, ` +
        "value/255; give --token-ids, or save the array as x.astype('int32')",
    );
    const asIds = await loadChosenData({ data, tokenIds: true });
    checkInputsSuitModel(asIds, model());
    expect([...(await asIds.read([1])).inputs]).toEqual([255, 0, 7]);
    const dense = tfl.sequential({ layers: [tfl.layers.dense({ units: 2, inputShape: [3] })] });
    checkInputsSuitModel(scaled, dense);
    await checkExamples(asIds, model(), task, terminal);
    expect(said).toEqual([]);
  });

  it('looks up what it reads of several inputs, and nothing else', async () => {
    const data = join(folder(), 'several.npz');
    const arrays = (type: typeof Float32Array | typeof Uint8Array, ids: number[]) => ({
      ages: npyFile([2], Float32Array.of(0.5, -1)),
      text: npyFile([2, 3], type.from(ids)),
      y: npyFile([2], Uint8Array.of(0, 1)),
    });
    const inputs = [
      tfl.input({ name: 'text', shape: [3] }),
      tfl.input({ name: 'age', shape: [1] }),
    ];
    const words = embedding().apply(inputs[0]!) as tfl.SymbolicTensor;
    const both = [tfl.layers.flatten().apply(words) as tfl.SymbolicTensor, inputs[1]!];
    const joined = tfl.layers.concatenate().apply(both) as tfl.SymbolicTensor;
    const outputs = tfl.layers.dense({ units: 2 }).apply(joined) as tfl.SymbolicTensor;
    const model = tfl.model({ inputs, outputs });
    const load = async (made: ReturnType<typeof arrays>) => {
      await writeFile(data, npzFile(made));
      return loadChosenData({ data, inputs: 'age=ages,text' });
    };
    const scaled = await load(arrays(Uint8Array, [1, 2, 3, 255, 0, 7]));
    expect(() => {
      checkInputsSuitModel(scaled, model);
    }).toThrow(/^token-ids: the embedding "words"/);
    const some = await load(arrays(Float32Array, [1, 2, 3, 300, 0, 7]));
    checkInputsSuitModel(some, model);
    said.length = 0;
    await checkExamples(some, model, task, terminal);
    expect(said).toEqual([expect.stringMatching(/^warning: 1 of 2 examples have .* "words"/)]);
    const ids = await load(arrays(Float32Array, [1, 2, 3, 4, 0, 7]));
    said.length = 0;
    await checkExamples(ids, model, task, terminal);
    expect(said).toEqual([]);
  });

  it('has rows for some examples, or for none', async () => {
    const data = join(folder(), 'ids.csv');
    const write = (rows: readonly string[]) =>
      writeFile(data, ['a,b,c,class', ...rows].join('\n')).then(() => loadChosenData({ data }));
    const which =
      'inputs that are no whole numbers from 0 to 299, which the embedding "words" looks up';
    const some = await write(['1,2,299,0', '1,2,300,1', '1,2.5,3,0', '-1,2,3,1']);
    await checkExamples(some, plain(), task, terminal);
    expect(said).toEqual([`warning: 3 of 4 examples have ${which}: they teach nothing`]);
    const none = await write(['1,2,300,1', '1,2.5,3,0']);
    await expect(checkExamples(none, plain(), task, terminal)).rejects.toThrow(
      `data: all 2 examples have ${which}; save token ids below its inputDim, or give it more`,
    );
  });
});

it('names examples that cannot be read, and shows how far it is', async () => {
  for (const name of ['a', 'b']) {
    await mkdir(join(folder(), name));
    await writeFile(join(folder(), name, '1.ppm'), ppmFile(2, 2, [1, 2, 3]));
  }
  const model = tfl.sequential({ layers: [tfl.layers.flatten({ inputShape: [2, 2, 3] })] });
  const whole = await loadDataset(folder());
  await checkExamples(whole, model, task, terminal);
  expect(shown).toEqual(['Reading all examples once: 2 of 2']);
  await writeFile(join(folder(), 'b', '2.ppm'), ppmFile(2, 2, [1, 2, 3]).subarray(0, 14));
  await expect(checkExamples(await loadDataset(folder()), model, task, terminal)).rejects.toThrow(
    /1 of 3 examples cannot be read; mend or remove them: .*b\/2\.ppm, offset \d+: expected 12 bytes/,
  );
});

it('says what may be private to the terminal', async () => {
  const data = join(folder(), 'a.csv');
  await writeFile(data, 'age,class\n1,0\n2,1\n');
  sayWarnings(await loadChosenData({ data, classCount: 3 }), terminal);
  expect(said).toEqual([
    'warning: no example is of the class "2", of 3 classes; are they numbered from 0, and their names right?',
  ]);
});
