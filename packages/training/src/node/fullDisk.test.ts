import * as nodeFiles from 'node:fs/promises';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, jest } from '@jest/globals';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import type { Dataset } from '@dpquant/data';
import { stripes } from '../testing/smallRun.ts';
import { appendLine, makeFolder, replaceFile, type FileOperations } from './durableFile.ts';
import { RunFolder } from './runFolder.ts';
import { RunStoreError } from '../durable/runStoreError.ts';
import { resumeDurableRun, startDurableRun } from './testing/durableRun.ts';
import { inTemporaryFolder } from './testing/temporaryFolder.ts';

jest.setTimeout(60_000);

let folder: string;
beforeAll(async () => {
  tf.env().set('IS_NODE', false);
  await tf.setBackend('cpu');
});
inTemporaryFolder((path) => (folder = path));

type Operation = 'open' | 'writeFile' | 'sync' | 'close' | 'rename' | 'rm' | 'mkdir';

/** System errors. */
function refusal(code: string, syscall: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${code}: refused, ${syscall}`), { code, syscall });
}

/** File operations of which one fails if `applies` returns true; called once for each. */
function failing(
  operation: Operation,
  code: string,
  applies: (path: string) => boolean = () => true,
): FileOperations {
  const check = (current: Operation, path: string) => {
    if (current === operation && applies(path)) throw refusal(code, current);
  };
  return {
    async open(path, flags) {
      check('open', path);
      const file = await nodeFiles.open(path, flags);
      return {
        async writeFile(content) {
          // As on a full disk: a part is written.
          await file.writeFile(content.slice(0, 3));
          check('writeFile', path);
          await file.writeFile(content.slice(3));
        },
        async sync() {
          check('sync', path);
        },
        async close() {
          await file.close();
          check('close', path);
        },
      };
    },
    async rename(from, to) {
      check('rename', from);
      await nodeFiles.rename(from, to);
    },
    async rm(path, options) {
      check('rm', path);
      await nodeFiles.rm(path, options);
    },
    async mkdir(path, options) {
      check('mkdir', path);
      return nodeFiles.mkdir(path, options);
    },
  };
}

describe('replaceFile, when the system refuses', () => {
  it.each<[Operation, string, RegExp]>([
    ['open', 'EACCES', /cannot write .*a\.txt: EACCES.*give this user the right/],
    ['open', 'EROFS', /EROFS.*read-only: choose another folder/],
    ['writeFile', 'ENOSPC', /ENOSPC.*the disk is full: free space/],
    ['writeFile', 'EDQUOT', /EDQUOT.*free space/],
    ['sync', 'EIO', /EIO.*check the folder and the disk/],
    ['close', 'ENOSPC', /ENOSPC/],
    ['rename', 'EPERM', /EPERM.*give this user the right/],
  ])(
    '%s with %s, keeps the old content and leaves nothing else',
    async (operation, code, message) => {
      const path = join(folder, 'a.txt');
      await replaceFile(path, 'one');
      const refused = replaceFile(path, 'two', failing(operation, code));
      await expect(refused).rejects.toThrow(message);
      await expect(refused).rejects.toBeInstanceOf(RunStoreError);
      await expect(refused).rejects.toMatchObject({ cause: { code } });
      expect(await readFile(path, 'utf8')).toBe('one');
      expect(await readdir(folder)).toEqual(['a.txt']);
    },
  );

  it('gives the reason even if the unfinished file cannot be removed', async () => {
    const files = { ...failing('open', 'EROFS'), rm: () => Promise.reject(refusal('EROFS', 'rm')) };
    await expect(replaceFile(join(folder, 'a'), '', files)).rejects.toThrow(/EROFS: refused, open/);
  });
});

describe('appendLine and makeFolder, when the system refuses', () => {
  it('give the reason', async () => {
    const path = join(folder, 'a.jsonl');
    await expect(appendLine(path, '{}', failing('writeFile', 'ENOSPC'))).rejects.toThrow(
      /cannot write .*a\.jsonl: .*the disk is full/,
    );
    await expect(makeFolder(join(folder, 'b'), failing('mkdir', 'EACCES'))).rejects.toThrow(
      /cannot write .*b: EACCES/,
    );
    await expect(makeFolder(join(path, 'c'))).rejects.toThrow(/a part of the path is a file/);
  });
});

describe('RunFolder.create, when the system refuses', () => {
  const create = (files: FileOperations) =>
    RunFolder.create(join(folder, 'run'), { force: true, files });

  it('leaves the existing run, and no lock', async () => {
    const run = await RunFolder.create(join(folder, 'run'));
    await run.writeJson('config.json', {});
    await run.close();
    for (const files of [failing('open', 'EACCES'), failing('writeFile', 'ENOSPC')]) {
      await expect(create(files)).rejects.toThrow(/cannot write .*run-1\.lock/);
    }
    await expect(create(failing('rm', 'EACCES'))).rejects.toThrow(/cannot write .*run: EACCES/);
    expect(await readdir(join(folder, 'run'))).toEqual(['config.json']);
  });

  it('refuses a file in place of the folder', async () => {
    await replaceFile(join(folder, 'run'), 'mine');
    await expect(RunFolder.create(join(folder, 'run'), { force: true })).rejects.toThrow(
      /cannot write .*run: EEXIST.*a file is there already/,
    );
    expect(await readFile(join(folder, 'run'), 'utf8')).toBe('mine');
  });
});

describe('a run on a disk that fills up', () => {
  it('computes nothing of a step that could not be charged, and resumes with more space', async () => {
    const path = join(folder, 'run');
    const data = stripes();
    let writes = 0;
    const computed = new Set<number>();
    const training: Dataset = {
      ...data,
      privacyUnits: data.privacyUnits,
      read(rows, options) {
        computed.add(writes);
        return data.read(rows, options);
      },
    };
    // The empty ledger, then one of each step: there is no room for that of the third.
    const files = failing('writeFile', 'ENOSPC', (file) => {
      return file.endsWith('ledger.json.tmp') && ++writes === 4;
    });
    await expect(startDurableRun(path, { steps: 4, training, files })).rejects.toThrow(
      /ledger\.json: .*the disk is full/,
    );
    expect([...computed]).toEqual([2, 3]);
    expect((await readdir(path)).sort()).toEqual([
      'checkpoint',
      'config.json',
      'ledger.json',
      'metrics.jsonl',
      'schedule.jsonl',
    ]);
    const { stopped } = await resumeDurableRun(path, { steps: 4 });
    expect(stopped).toBe('finished');
  });

  it('keeps the previous checkpoint', async () => {
    const path = join(folder, 'run');
    const files = failing('writeFile', 'ENOSPC', (file) => file.endsWith('values-2.bin.tmp'));
    await expect(startDurableRun(path, { steps: 4, files })).rejects.toThrow(/values-2\.bin/);
    expect((await readdir(join(path, 'checkpoint'))).sort()).toEqual([
      'state.json',
      'values-0.bin',
    ]);
    const { stopped, position } = await resumeDurableRun(path, { steps: 4 });
    // The two steps that were lost stay charged.
    expect([stopped, position.step]).toEqual(['privacy budget exhausted', 2]);
  });
});
