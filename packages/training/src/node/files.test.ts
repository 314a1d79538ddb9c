import * as nodeFiles from 'node:fs/promises';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { gaussian, PrivacyLedger } from '@dpquant/accounting';
import { loadModel, readModelMetadata } from '@dpquant/models/node';
import { stripesModel, weightsOf } from '../testing/smallRun.ts';
import { replaceFile } from './durableFile.ts';
import { thisProcess } from './processIdentity.ts';
import { RunFolder } from './runFolder.ts';
import { RunStoreError } from '../durable/runStoreError.ts';
import { saveModel } from './saveModel.ts';
import { journaled, type JournalEntry } from './testing/crashes.ts';
import { inTemporaryFolder } from './testing/temporaryFolder.ts';

let folder: string;
beforeAll(async () => {
  tf.env().set('IS_NODE', false);
  await tf.setBackend('cpu');
});
inTemporaryFolder((path) => (folder = path));

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

describe('saveModel', () => {
  it('saves a model with its group normalization', async () => {
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

  it('saves notes with it', async () => {
    const path = join(folder, 'model');
    await saveModel(stripesModel(4), path, { run: { fingerprint: 'ab12' } });
    expect(await readModelMetadata(path)).toEqual({ run: { fingerprint: 'ab12' } });
  });
});

describe('RunFolder', () => {
  it('refuses a folder that holds a run, and with force replaces the run alone', async () => {
    const path = join(folder, 'run');
    const first = await RunFolder.create(path);
    await first.writeJson('config.json', { a: 1 });
    await writeFile(join(path, 'notes.txt'), 'mine');
    await first.close();
    await expect(RunFolder.create(path)).rejects.toThrow(/already holds a run.*--resume.*--force/);
    expect(JSON.parse(await readFile(join(path, 'config.json'), 'utf8'))).toEqual({ a: 1 });
    await writeFile(join(path, 'ledger.json.tmp'), 'cut off');
    await writeFile(join(path, 'report.html'), 'of the first');
    await writeFile(join(path, 'report.html.tmp'), 'cut off');
    const second = await RunFolder.create(path, { force: true });
    await second.close();
    expect(await readdir(path)).toEqual(['notes.txt']);
  });

  it('keeps records, and drops those that a resumed run writes again', async () => {
    const run = await RunFolder.create(join(folder, 'run'));
    // Decisions of a schedule can be several an epoch.
    for (const epoch of [0, 0, 1]) await run.appendRecord('metrics', { epoch });
    const path = join(run.path, 'metrics.jsonl');
    await writeFile(path, '{"epoch":', { flag: 'a' });
    expect(await run.readRecords('metrics')).toEqual([{ epoch: 0 }, { epoch: 0 }, { epoch: 1 }]);
    expect(await run.readRecords('schedule')).toEqual([]);
    await run.truncateRecords('metrics', 2);
    expect(await readFile(path, 'utf8')).toBe('{"epoch":0}\n{"epoch":0}\n');
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
    await expect(RunFolder.open(folder)).rejects.toThrow(/there is no run \(no config.json\)$/);
    await writeFile(join(folder, 'ledger.json'), '');
    await expect(RunFolder.open(folder)).rejects.toThrow(/stopped while it was set up.*--force/);
    await expect(RunFolder.open(join(folder, 'ledger.json'))).rejects.toThrow(/cannot read/);
  });

  it('is opened or created for writing, as needed', async () => {
    const path = join(folder, 'run');
    const first = await RunFolder.openOrCreate(path);
    expect(await first.stage()).toBe('empty');
    await expect(RunFolder.openOrCreate(path)).rejects.toThrow(/another process/);
    await first.begin(new PrivacyLedger(), {});
    await first.close();
    const second = await RunFolder.openOrCreate(path);
    expect(await second.stage()).toBe('begun');
    await second.close();
    await rm(join(path, 'config.json'));
    // What is charged is not overwritten.
    await expect(RunFolder.openOrCreate(path)).rejects.toThrow(
      /set up, or the file was removed.*--force/,
    );
  });

  it('has one writer at a time and any number of readers', async () => {
    const path = join(folder, 'run');
    const writer = await RunFolder.create(path);
    await expect(RunFolder.create(path)).rejects.toThrow(/another process/);
    await writer.writeJson('config.json', {});
    await expect(RunFolder.open(path, { write: true })).rejects.toThrow(/another process/);
    const reader = await RunFolder.open(path);
    expect(await reader.readJson('config.json')).toEqual({});
    await expect(reader.writeLedger(new PrivacyLedger())).rejects.toThrow(/\{ write: true \}/);
    await expect(reader.appendRecord('metrics', { epoch: 0 })).rejects.toThrow(/\{ write: true \}/);
    await writer.close();
    await writer.close();
    await expect(writer.writeLedger(new PrivacyLedger())).rejects.toThrow(/\{ write: true \}/);
    await (await RunFolder.open(path, { write: true })).close();
    expect(await readdir(path)).toEqual(['config.json']);
  });

  it('makes the removal of a run durable before the next one is written', async () => {
    const path = join(folder, 'run');
    const first = await RunFolder.create(path);
    await first.writeJson('config.json', {});
    await first.writeLedger(new PrivacyLedger());
    await first.close();
    const journal: JournalEntry[] = [];
    const second = await RunFolder.create(path, { force: true, files: journaled(journal) });
    await second.close();
    expect(journal.map(({ did }) => did)).toEqual([
      'create',
      'write',
      'remove',
      'remove',
      'sync folder',
    ]);
  });

  it('never writes a ledger with fewer events than the stored one', async () => {
    const path = join(folder, 'run');
    const run = await RunFolder.create(path);
    await run.writeJson('config.json', {});
    await run.writeLedger(new PrivacyLedger().record(gaussian(2), 'training', 3));
    await run.close();
    const resumed = await RunFolder.open(path, { write: true });
    await resumed.readLedger();
    await expect(
      resumed.writeLedger(new PrivacyLedger().record(gaussian(2), 'training', 2)),
    ).rejects.toThrow(/at least the 3 events that are charged, got 2/);
  });

  it('overwrites no charge of another process if the lock failed', async () => {
    const path = join(folder, 'run');
    const run = await RunFolder.create(path);
    const ledger = new PrivacyLedger().record(gaussian(2), 'training', 3);
    await run.writeLedger(ledger);
    const others = new PrivacyLedger().record(gaussian(2), 'training', 5);
    await writeFile(join(path, 'ledger.json'), JSON.stringify(others));
    ledger.record(gaussian(2), 'training');
    await expect(run.writeLedger(ledger)).rejects.toThrow(
      /the ledger shows 5 charged events, this process knows of 3.*end it/,
    );
    expect((await run.readLedger()).toJSON()).toEqual(others.toJSON());
  });

  it('overwrites no charge that another process made while it was writing its own', async () => {
    const path = join(folder, 'run');
    const slow: typeof nodeFiles.open = async (name, flags) => {
      const file = await nodeFiles.open(name, flags);
      if (String(name).endsWith('ledger.json.tmp') && isStalled) {
        const others = new PrivacyLedger().record(gaussian(2), 'training', 5);
        await writeFile(join(path, 'ledger.json'), JSON.stringify(others));
      }
      return file;
    };
    let isStalled = false;
    const run = await RunFolder.create(path, { files: { ...nodeFiles, open: slow } });
    await run.writeLedger(new PrivacyLedger());
    isStalled = true;
    const ledger = new PrivacyLedger().record(gaussian(2), 'training');
    await expect(run.writeLedger(ledger)).rejects.toThrow(/shows 5 charged events/);
    expect((await run.readLedger()).entries[0]!.count).toBe(5);
    expect(await readdir(path)).not.toContain('ledger.json.tmp');
  });

  it('charges nothing once its lock is gone', async () => {
    const path = join(folder, 'run');
    const run = await RunFolder.create(path);
    const ledger = new PrivacyLedger();
    await run.writeLedger(ledger);
    await rm(join(path, 'run-1.lock'));
    ledger.record(gaussian(2), 'training');
    await expect(run.writeLedger(ledger)).rejects.toThrow(/run-1.lock: is gone.*--resume/);
    await writeFile(
      join(path, 'run-1.lock'),
      `${JSON.stringify({ ...thisProcess(), pid: process.ppid })}\n`,
    );
    await expect(run.writeLedger(ledger)).rejects.toThrow(/run-1.lock: is gone/);
    expect((await run.readLedger()).entries).toEqual([]);
  });

  it('says which file is missing or damaged', async () => {
    const path = join(folder, 'run');
    const run = await RunFolder.create(path);
    await expect(run.readLedger()).rejects.toThrow(/cannot read .*ledger.json: ENOENT/);
    await writeFile(join(path, 'config.json'), '{"a":');
    await expect(run.readJson('config.json')).rejects.toThrow(/config.json: is damaged.*--force/);
    await expect(run.readJson('config.json')).rejects.toBeInstanceOf(RunStoreError);
  });
});
