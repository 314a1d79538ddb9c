import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import * as nodeFiles from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { lockFolder, withdrawClaims } from './folderLock.ts';
import { jobVariable, thisProcess, type ProcessIdentity } from './processIdentity.ts';
import { inTemporaryFolder } from './testing/temporaryFolder.ts';

/** No process has this number: it is above the greatest that Linux gives. */
const deadProcess = 999_999_999;

let folder: string;
inTemporaryFolder((path) => (folder = path));

const lock = () => lockFolder(folder, nodeFiles);
const claim = (number: number, owner: Partial<ProcessIdentity>) =>
  writeFile(
    join(folder, `run-${number}.lock`),
    `${JSON.stringify({ ...thisProcess(), ...owner })}\n`,
  );

describe('lockFolder', () => {
  it('gives a folder to one owner at a time, and names the owner', async () => {
    const held = await lock();
    expect(JSON.parse(await readFile(join(folder, 'run-1.lock'), 'utf8'))).toMatchObject({
      pid: process.pid,
      host: hostname(),
    });
    await expect(lock()).rejects.toThrow(
      `another process (pid ${process.pid} on host ${hostname()}, started `,
    );
    await held.release();
    expect(await readdir(folder)).toEqual([]);
    await (await lock()).release();
  });

  it('takes over from a process that has ended', async () => {
    await claim(3, { pid: deadProcess });
    await claim(11, { pid: deadProcess });
    await lock();
    expect(await readdir(folder)).toEqual(['run-12.lock']);
  });

  it('gives an abandoned folder to one of several processes', async () => {
    for (let round = 0; round < 20; round++) {
      await claim(1, { pid: deadProcess });
      const results = await Promise.allSettled(Array.from({ length: 8 }, lock));
      const winners = results.filter((result) => result.status === 'fulfilled');
      expect(winners).toHaveLength(1);
      await winners[0]!.value.release();
    }
  });

  it('leaves a folder to a process of another host and names the remedy', async () => {
    await claim(1, { pid: deadProcess, host: 'elsewhere' });
    await expect(lock()).rejects.toThrow(
      /pid 999999999 on host elsewhere.*delete .*run-1\.lock if it has ended/,
    );
    expect(await readdir(folder)).toEqual(['run-1.lock']);
  });

  it('leaves a folder to a process of another container with the same host name', async () => {
    // The number is meaningless here: no process, or another one, may have it.
    for (const namespace of ['pid:[1]', undefined] as const) {
      await claim(1, { pid: deadProcess, namespace: namespace as string });
      await expect(lock()).rejects.toThrow(/pid 999999999 on host .* delete .*run-1\.lock/);
    }
  });

  it('takes over from an ended process whose number has been reused', async () => {
    if (thisProcess().birth === null) return; // Only Linux tells.
    await claim(1, { pid: process.ppid, birth: 'an earlier boot 1' });
    await (await lock()).release();
    await claim(1, { pid: process.ppid, birth: null });
    await expect(lock()).rejects.toThrow(`pid ${process.ppid}`);
  });

  it('takes over a claim that is incomplete after a crash', async () => {
    await writeFile(join(folder, 'run-1.lock'), '{"pid":');
    await writeFile(join(folder, 'run-2.lock'), '');
    await lock();
    expect(await readdir(folder)).toEqual(['run-3.lock']);
  });

  it('takes over an invalid claim', async () => {
    await writeFile(join(folder, 'run-1.lock'), '{}\n');
    await mkdir(join(folder, 'run-2.lock'));
    await lock();
    expect(await readdir(folder)).toEqual(['run-3.lock']);
  });

  it('releases only its own claim, and detects another claim with its name', async () => {
    const first = await lock();
    await first.requireHeld();
    await rm(join(folder, 'run-1.lock'));
    const second = await lock();
    await expect(first.requireHeld()).rejects.toThrow(/run-1.lock: is gone/);
    await first.release();
    await second.requireHeld();
    expect(await readdir(folder)).toEqual(['run-1.lock']);
  });

  it('withdraws the claims of jobs that have ended, and no others', async () => {
    await claim(1, { host: 'elsewhere', job: 'ended' });
    await claim(2, { host: 'elsewhere', job: 'running' });
    await claim(3, { host: 'elsewhere' });
    await withdrawClaims(folder, (job) => job === 'ended');
    expect((await readdir(folder)).sort()).toEqual(['run-2.lock', 'run-3.lock']);
  });

  it('names the job of a process that is one, which notices when its claim is withdrawn', async () => {
    process.env[jobVariable] = 'comparison-cell.1';
    try {
      const held = await lock();
      expect(thisProcess().job).toBe('comparison-cell.1');
      await withdrawClaims(folder, (job) => job === 'comparison-cell.1');
      await expect(held.requireHeld()).rejects.toThrow(/run-1.lock: is gone/);
    } finally {
      Reflect.deleteProperty(process.env, jobVariable);
    }
    expect(thisProcess()).not.toHaveProperty('job');
  });

  it('gives up when another process claims in the meantime', async () => {
    const open: typeof nodeFiles.open = async (path, flags) => {
      const file = await nodeFiles.open(path, flags);
      await claim(9, { host: 'elsewhere' });
      return file;
    };
    await expect(lockFolder(folder, { ...nodeFiles, open })).rejects.toThrow(/elsewhere/);
    expect(await readdir(folder)).toEqual(['run-9.lock']);
  });
});
