import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { gaussian, PrivacyLedger } from '@dpquant/accounting';
import { smallTrainer, stripesModel, weightsOf } from '../testing/smallRun.ts';
import { loadCheckpoint, saveCheckpoint } from './checkpoint.ts';
import { replaceFile } from './durableFile.ts';
import { loadModel, saveModel } from './modelFiles.ts';
import { RunFolder } from './runFolder.ts';

let folder: string;
beforeAll(async () => {
  tf.env().set('IS_NODE', false);
  await tf.setBackend('cpu');
});
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dpquant-'));
});
afterEach(() => rm(folder, { recursive: true }));

describe('replaceFile', () => {
  it('replaces content and leaves nothing else', async () => {
    const path = join(folder, 'a.txt');
    await replaceFile(path, 'one');
    await replaceFile(path, 'two');
    expect(await readFile(path, 'utf8')).toBe('two');
    expect(await readdir(folder)).toEqual(['a.txt']);
  });

  it('keeps the old content when the new cannot be written', async () => {
    const path = join(folder, 'a.txt');
    await replaceFile(path, 'one');
    await expect(replaceFile(path, Symbol('no text') as unknown as string)).rejects.toThrow();
    expect(await readFile(path, 'utf8')).toBe('one');
    expect(await readdir(folder)).toEqual(['a.txt']);
  });
});

describe('saveModel and loadModel', () => {
  it('keep a model with its group normalization', async () => {
    const model = stripesModel(4);
    await saveModel(model, join(folder, 'model'));
    const loaded = await loadModel(join(folder, 'model'));
    expect(weightsOf(loaded)).toEqual(weightsOf(model));
    const x = tf.ones([2, 4, 4, 1]);
    expect((loaded.predict(x) as tf.Tensor).dataSync()).toEqual(
      (model.predict(x) as tf.Tensor).dataSync(),
    );
    expect(weightsOf(await loadModel(join(folder, 'model', 'model.json')))).toEqual(
      weightsOf(model),
    );
  });
});

describe('checkpoint', () => {
  it('brings back weights, position and optimizer', async () => {
    const { trainer, model, plan } = smallTrainer({ plan: { steps: 5 } });
    await trainer.run();
    await saveCheckpoint(folder, model, trainer.position, plan.state());
    await saveCheckpoint(folder, model, trainer.position, plan.state());
    const other = stripesModel(99);
    const { position, plan: planState } = await loadCheckpoint(folder, other);
    expect(weightsOf(other)).toEqual(weightsOf(model));
    expect(position).toEqual(trainer.position);
    expect(planState).toEqual({});
    expect((await readdir(folder)).sort()).toEqual(['state.json', 'values-5.bin']);
  });

  it('brings back reproducible randomness', async () => {
    const { trainer, model, plan } = smallTrainer({
      plan: { steps: 2, insecureSeed: 4, quantileClipping: {} },
    });
    await trainer.run();
    await saveCheckpoint(folder, model, trainer.position, plan.state());
    expect((await loadCheckpoint(folder, stripesModel())).plan).toEqual(plan.state());
  });

  it('refuses what is missing, damaged, newer or of another model, and changes nothing', async () => {
    const model = stripesModel();
    const before = weightsOf(model);
    await expect(loadCheckpoint(folder, model)).rejects.toThrow(/there is none.*--force/);
    const { trainer, model: trained, plan } = smallTrainer({ plan: { steps: 1 } });
    await trainer.run();
    await saveCheckpoint(folder, trained, trainer.position, plan.state());

    const other = tfl.sequential({ layers: [tfl.layers.dense({ inputShape: [3], units: 2 })] });
    await expect(loadCheckpoint(folder, other)).rejects.toThrow(/belongs to another model/);
    const values = await readFile(join(folder, 'values-1.bin'));
    await writeFile(join(folder, 'values-1.bin'), values.subarray(4));
    await expect(loadCheckpoint(folder, model)).rejects.toThrow(/damaged/);
    const state = JSON.parse(await readFile(join(folder, 'state.json'), 'utf8')) as object;
    await writeFile(join(folder, 'state.json'), JSON.stringify({ ...state, version: 2 }));
    await expect(loadCheckpoint(folder, model)).rejects.toThrow(/expected version 1, got 2/);
    expect(weightsOf(model)).toEqual(before);
  });
});

describe('RunFolder', () => {
  it('refuses a folder that holds a run, and with force replaces the run alone', async () => {
    const path = join(folder, 'run');
    const first = await RunFolder.create(path);
    await first.writeJson('config.json', { a: 1 });
    await writeFile(join(path, 'notes.txt'), 'mine');
    await expect(RunFolder.create(path)).rejects.toThrow(/already holds a run.*--resume.*--force/);
    await RunFolder.create(path, { force: true });
    expect(await readdir(path)).toEqual(['notes.txt']);
  });

  it('keeps records, and drops those that a resumed run writes again', async () => {
    const run = await RunFolder.create(join(folder, 'run'));
    for (const epoch of [0, 1, 2]) await run.appendRecord('metrics.jsonl', { epoch });
    const path = join(run.path, 'metrics.jsonl');
    await writeFile(path, '{"epoch":', { flag: 'a' });
    await run.truncateRecords('metrics.jsonl', 2);
    expect(await readFile(path, 'utf8')).toBe('{"epoch":0}\n{"epoch":1}\n');
  });

  it('keeps the ledger and refuses one that was changed', async () => {
    const run = await RunFolder.create(join(folder, 'run'));
    const ledger = new PrivacyLedger().record(gaussian(2), 'training', 3);
    await run.writeLedger(ledger);
    expect((await run.readLedger()).toJSON()).toEqual(ledger.toJSON());
    const path = join(run.path, 'ledger.json');
    await writeFile(path, (await readFile(path, 'utf8')).replace('"count":3', '"count":2'));
    await expect(run.readLedger()).rejects.toThrow(/checksum/);
  });

  it('opens a folder that holds a run only', async () => {
    await expect(RunFolder.open(folder)).rejects.toThrow(/there is no run/);
    await writeFile(join(folder, 'file'), '');
    await expect(RunFolder.create(join(folder, 'file'))).rejects.toThrow(/cannot read/);
  });
});
