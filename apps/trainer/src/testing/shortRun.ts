import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from '@jest/globals';
import { loadMnist } from '@dpquant/data/mnist';
import { npyFile, npzFile } from './ownFiles.ts';
import { dpquant } from './recordedCommand.ts';

/** The built-in data, of which a thousand examples are private, in steps as those of short runs. */
export const mnistRun = [
  ...['--data', 'mnist', '--validation-fraction', '0.9'],
  ...['--batch-size', '250', '--epochs', '1'],
];

/** Half of them are private. */
const digits = 2000;

/** Flags of a short run beside others: without its epochs where the others count steps. */
export function withoutExcluded(flags: readonly string[], others: readonly string[]): string[] {
  const epochs = others.includes('--steps') ? flags.indexOf('--epochs') : -1;
  return flags.filter((_, i) => epochs < 0 || (i !== epochs && i !== epochs + 1));
}

/**
 * Trains in a second or two: a thousand private digits in four steps of 250 in expectation, and as
 * many public ones. Flags after those of the short run override them.
 */
export function shortRuns() {
  let folder: string;
  const flags = () => [
    ...['--data', join(folder, 'digits.npz'), '--validation-fraction', '0.5'],
    ...['--class-count', '10', '--batch-size', '250', '--epochs', '1'],
  ];
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'dpquant-digits-'));
    const mnist = await loadMnist();
    // Its rows are in the order of their classes.
    const step = mnist.count / digits;
    const rows = Array.from({ length: digits }, (_, i) => i * step);
    const { inputs, targets } = await mnist.read(rows);
    const pixels = Uint8Array.from(inputs, (value) => Math.round(value * 255));
    const arrays = {
      x: npyFile([digits, 28, 28, 1], pixels),
      y: npyFile([digits], Uint8Array.from(targets)),
    };
    await writeFile(join(folder, 'digits.npz'), npzFile(arrays));
  });
  afterAll(() => rm(folder, { recursive: true }));
  return {
    flags,
    train: (...args: string[]) => dpquant('train', ...withoutExcluded(flags(), args), ...args),
  };
}

/** The content of a JSON file. */
export const json = (path: string) => JSON.parse(readFileSync(path, 'utf8')) as unknown;

/** The objects of a file of JSON lines. */
export const lines = (path: string) =>
  readFileSync(path, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
