import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { commandProcess } from '../testing/commandProcess.ts';

jest.setTimeout(300_000);

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dpquant-equal-runs-'));
});

afterAll(() => rm(folder, { recursive: true }));

/** Other Nodes, whose WebAssembly may multiply integers by other instructions. */
const otherNodes = (process.env['DPQUANT_NODES'] ?? '').split(':').filter((path) => path !== '');

/** Trains in a process of its own, from the sources, and returns what tells its weights. */
async function weightsOf(node: string, name: string, ...flags: string[]): Promise<string> {
  const out = join(folder, name);
  const run = ['train', '--backend', 'wasm', '--insecure-seed', '7', '--steps', '4', ...flags];
  const few = ['--validation-fraction', '0.98', '--batch-size', '60', '--out', out];
  const child = spawn(node, commandProcess(...run, ...few), { stdio: 'ignore' });
  expect(await once(child, 'close')).toEqual([0, null]);
  const summary = JSON.parse(readFileSync(join(out, 'summary.json'), 'utf8')) as object;
  expect(summary).toMatchObject({ arithmetic: 'exact' });
  return createHash('sha256')
    .update(readFileSync(join(out, 'model/weights.bin')))
    .digest('hex');
}

describe.each([
  ['float32', ['--policy', 'full']],
  ['luq-fp4', ['--policy', 'static', '--quantized-fraction', '0.75', '--format', 'luq-fp4']],
])('runs of one insecure seed in %s', (format, flags) => {
  it('have equal weights, to the bit, on any number of threads, in any physical batches, on any Node', async () => {
    const found: string[] = [];
    for (const [threads, size] of [
      [1, 64],
      [2, 64],
      [2, 16],
    ]) {
      const settings = ['--threads', String(threads), '--physical-batch-size', String(size)];
      const name = `${format}-${threads}-${size}`;
      found.push(await weightsOf(process.execPath, name, ...flags, ...settings));
    }
    for (const [i, node] of otherNodes.entries()) {
      const settings = ['--threads', '1', '--physical-batch-size', '64'];
      found.push(await weightsOf(node, `${format}-node-${i}`, ...flags, ...settings));
    }
    expect(new Set(found).size).toBe(1);
  });
});
