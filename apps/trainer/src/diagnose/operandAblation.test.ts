import { writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { OperandAblation } from './operandAblation.ts';
import { npyFile, npzFile } from '../testing/ownFiles.ts';
import { dpquant } from '../testing/recordedCommand.ts';

jest.setTimeout(120_000);

let folder: string;
let run: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dpquant-'));
  run = join(folder, 'run');
  // Two classes that brightness tells, of which a few steps learn something.
  const count = 120;
  const classes = Uint8Array.from({ length: count }, (_, i) => i % 2);
  const pixels = Uint8Array.from(
    { length: count * 36 },
    (_, i) => 20 + 150 * classes[Math.floor(i / 36)]! + ((i * 7) % 31),
  );
  const data = join(folder, 'x.npz');
  writeFileSync(
    data,
    npzFile({ x: npyFile([count, 6, 6, 1], pixels), y: npyFile([count], classes) }),
  );
  const { code, err } = await dpquant(
    ...['train', '--data', data, '--class-count', '2', '--model', 'mlp', '--policy', 'full'],
    ...[
      '--batch-size',
      '30',
      '--steps',
      '1',
      '--delta',
      '1e-3',
      '--seed',
      '3',
      '--backend',
      'wasm',
    ],
    ...['--noise-multiplier', '1', '--validation-fraction', '0.3', '--out', run],
  );
  expect([code, err]).toEqual([0, expect.anything()]);
});

afterAll(() => rm(folder, { recursive: true }));

async function ablated(...args: string[]) {
  const { code, out, err } = await dpquant('diagnose', run, '--ablate', 'operands', ...args);
  expect([code, err.join()]).toEqual([0, expect.stringMatching(/Outside the privacy guarantee/)]);
  return out;
}

describe('diagnose --ablate operands', () => {
  it('holds each operand against float32, outside the guarantee', async () => {
    const small = ['--steps', '2', '--draws', '3', '--train-steps', '2', '--json'];
    const text = await ablated(...small);
    const found = JSON.parse(text) as OperandAblation & { guarantee: string };
    expect(found).toMatchObject({ guarantee: 'none', format: 'luq-fp4', examples: 30, draws: 3 });
    // σ·C·√d over the expected batch: 36·256 + 256, 256·128 + 128 and 128·2 + 2 parameters.
    const parameters = 37 * 256 + 257 * 128 + 129 * 2;
    expect(found.noiseNorm).toBeCloseTo(Math.sqrt(parameters) / 30, 9);
    // A mean of gradients clipped to 1, as a real value.
    expect(found.gradientNorm).toBeGreaterThan(0.01);
    expect(found.gradientNorm).toBeLessThanOrEqual(1);
    const cost = (variant: string) => found.variants.find((each) => each.variant === variant)!;
    // Rounding to nearest has nothing that changes; whatever touches no forward pass changes no
    // loss.
    expect(cost('all three, all to nearest').scatter).toBeLessThan(1e-9 * found.gradientNorm);
    expect(cost('output gradients').lossDifference).toBe(0);
    for (const variant of ['weights', 'activations', 'output gradients', 'all three']) {
      expect(cost(variant).scatter).toBeGreaterThan(0.01 * found.gradientNorm);
    }
    expect(cost('activations').lossDifference).not.toBe(0);
    expect(found.scoredBy).toEqual({ metric: 'accuracy', better: 'greater' });
    for (const { score } of [found, ...found.variants]) {
      expect(score).toBeGreaterThanOrEqual(0);
      expect(score).toBeLessThanOrEqual(1);
    }
    // The same initial weights, batches, noise and roundings.
    expect(await ablated(...small)).toBe(text);
  });

  it('leaves the training out, and takes another format', async () => {
    const args = ['--format', 'int8', '--steps', '1', '--draws', '2', '--train-steps', '0'];
    const lines = (await ablated(...args)).split('\n');
    expect(lines[0]).toBe('Outside the privacy guarantee.');
    const heading = lines.find((line) => line.startsWith('quantized'));
    expect(heading).toMatch(/quantized +\/‖ḡ‖ .*loss \+$/);
    expect(lines.filter((line) => line.startsWith('all three'))).toHaveLength(4);
  });

  it.each([
    [['--ablate', 'operands', '--points', '2'], /^dpquant: points: --points has no effect under/],
    [['--ablate', 'operands', '--draws', '1'], /^dpquant: draws: one draw shows no scatter/],
    [
      ['--ablate', 'operands', '--format', 'float32'],
      /^dpquant: format: float32 quantizes nothing/,
    ],
    [['--draws', '4'], /^dpquant: draws: --draws is about --ablate operands/],
    [['--train-steps', '4'], /^dpquant: train-steps: --train-steps is about --ablate/],
    [['--ablate', 'layers'], /Expected one of operands/],
  ])('refuses %j', async (args, message) => {
    const { code, err } = await dpquant('diagnose', run, ...args);
    expect([code, err.join()]).toEqual([2, expect.stringMatching(message)]);
  });
});
