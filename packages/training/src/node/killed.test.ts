import { spawn } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { beforeAll, describe, expect, it, jest } from '@jest/globals';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { SeededRandom, uniform } from '@dpquant/random';
import { RunFolder } from './runFolder.ts';
import { chargedIn } from './testing/crashInspection.ts';
import { startDurableRun } from './testing/durableRun.ts';
import { inTemporaryFolder } from './testing/temporaryFolder.ts';

jest.setTimeout(60_000);

const steps = 40;
const rounds = 3;

let folder: string;
beforeAll(async () => {
  tf.env().set('IS_NODE', false);
  await tf.setBackend('cpu');
});
inTemporaryFolder((path) => (folder = path));

interface ProcessOptions {
  readonly insecureSeed?: number;
  /** When to kill it, from its first line on; never if left out. */
  readonly milliseconds?: number;
  readonly onLine?: (line: string, pid: number) => void;
}

/** Trains in a separate process, and returns the lines that it wrote. */
async function train(path: string, { insecureSeed, milliseconds, onLine }: ProcessOptions = {}) {
  const program = join(__dirname, 'testing', 'killedRun.ts');
  const loader = join(__dirname, 'testing', 'typescriptLoader.mjs');
  const seed = insecureSeed === undefined ? [] : [String(insecureSeed)];
  const child = spawn(
    process.execPath,
    ['--conditions=@dpquant/source', '--import', loader, program, path, String(steps), ...seed],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const lines: string[] = [];
  let timer: NodeJS.Timeout | undefined;
  for await (const line of createInterface(child.stdout)) {
    if (lines.length === 0 && milliseconds !== undefined) {
      timer = setTimeout(() => child.kill('SIGKILL'), milliseconds);
    }
    lines.push(line);
    onLine?.(line, child.pid!);
  }
  clearTimeout(timer);
  return lines;
}

const stepsOf = (lines: readonly string[]) => lines.filter((line) => line.startsWith('step '));

describe('a process that is killed repeatedly', () => {
  it('has charged at least every step that it has released', async () => {
    const path = join(folder, 'run');
    const random = new SeededRandom(5, 'kills');
    let shown = 0;
    for (let round = 0; round < rounds; round++) {
      const lines = await train(path, { milliseconds: 900 * uniform(random) });
      // Where steps were computed, there is a checkpoint to go on from.
      if (shown > 0) expect(lines).not.toContain('start');
      shown += stepsOf(lines).length;
      if (shown > 0) expect(await chargedIn(path)).toBeGreaterThanOrEqual(shown);
    }
    const lines = await train(path);
    expect(lines.at(-1)).toMatch(/^end (finished|finished before|privacy budget exhausted)$/);
    shown += stepsOf(lines).length;
    expect(shown).toBeLessThanOrEqual(steps);
    expect(await chargedIn(path)).toBe(steps);
    expect((await readdir(path)).sort()).toEqual([
      'checkpoint',
      'config.json',
      'ledger.json',
      'metrics.jsonl',
      'model',
      'schedule.jsonl',
      'summary.json',
    ]);
  });

  it("ends with an uninterrupted run's weights under an insecure seed, charged once", async () => {
    const insecureSeed = 9;
    const whole = join(folder, 'whole');
    await startDurableRun(whole, { steps, insecureSeed });
    const path = join(folder, 'run');
    const random = new SeededRandom(7, 'kills');
    for (let round = 0; round < rounds; round++) {
      await train(path, { insecureSeed, milliseconds: 900 * uniform(random) });
    }
    expect((await train(path, { insecureSeed })).at(-1)).toMatch(/^end finished( before)?$/);
    const files = ['ledger.json', 'metrics.jsonl', 'schedule.jsonl', 'checkpoint/state.json'];
    for (const file of [...files, 'model/weights.bin']) {
      expect(await readFile(join(path, file), 'utf8')).toBe(
        await readFile(join(whole, file), 'utf8'),
      );
    }
  });
});

describe('a folder in which another process trains', () => {
  it('is not written to, and can be taken over once the process has ended', async () => {
    const path = join(folder, 'run');
    const attempts: Promise<RunFolder>[] = [];
    const pids: number[] = [];
    await train(path, {
      onLine(line, pid) {
        if (line !== 'step 0') return;
        attempts.push(
          RunFolder.open(path, { write: true }),
          RunFolder.create(path, { force: true }),
        );
        pids.push(pid);
        // Tried while it trains, whatever the machine is busy with.
        void Promise.allSettled(attempts).then(() => process.kill(pid, 'SIGKILL'));
      },
    });
    expect(attempts).toHaveLength(2);
    for (const attempt of attempts) {
      await expect(attempt).rejects.toThrow(
        new RegExp(`another process \\(pid ${pids[0]} on host .*is using this folder`),
      );
    }
    const taken = await RunFolder.open(path, { write: true });
    await taken.writeLedger(await taken.readLedger());
    await taken.close();
    expect(await readdir(path)).not.toContainEqual(expect.stringMatching(/lock/));
  });
});
