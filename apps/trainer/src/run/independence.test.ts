import { beforeAll, describe, expect, it, jest } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import { startBackend } from '@dpquant/backends';
import { contribute, softmaxCrossEntropy } from '@dpquant/gradients';
import { flatClipping } from '@dpquant/mechanisms';
import { smallCnn } from '@dpquant/models';
import { layerArithmetic } from '@dpquant/quantization';
import { philoxKeyFromSeed, SeededRandom, uniform, uniformInteger } from '@dpquant/random';

jest.setTimeout(60_000);

/**
 * Invariant 2 on the backend that trains by default: what an example contributes does not depend on
 * who else is in its batch, nor on its place there. To the bit: a difference of one rounding could
 * flip a stochastic code, and then one example would change what another contributes.
 */
describe.each(['float32', 'luq-fp4'])('an example of the default run in %s', (format) => {
  beforeAll(async () => {
    await startBackend('wasm');
  });

  it('has one norm, whatever the batch', async () => {
    const [examples, size, pixels] = [24, 8, 784];
    const random = new SeededRandom(1, 'independence');
    const images = Float32Array.from({ length: examples * pixels }, () =>
      Math.max(0, uniform(random) - 0.6),
    );
    const model = smallCnn({ inputShape: [28, 28, 1], classes: 10, seed: 1 });
    const norms = new Map<number, Set<number>>();
    for (let batch = 0; batch < 20; batch++) {
      const rows = Uint32Array.from({ length: size }, () => uniformInteger(random, examples));
      const inputs = new Float32Array(size * pixels);
      rows.forEach((row, i) => {
        inputs.set(images.subarray(row * pixels, (row + 1) * pixels), i * pixels);
      });
      // One neighbour in four batches is monstrous.
      if (batch % 4 === 0) inputs.fill(1e30, 0, pixels);
      const tensors = {
        inputs: tf.tensor(inputs, [size, 28, 28, 1]),
        targets: tf.tensor1d(Float32Array.from(rows, (row) => row % 10)),
      };
      const contribution = await contribute(
        model,
        {
          ...tensors,
          mask: new Float32Array(size).fill(1),
          keys: { rows, views: new Uint32Array(size) },
        },
        {
          loss: softmaxCrossEntropy,
          clipping: flatClipping(1),
          arithmetic: () => layerArithmetic(format),
          randomness: { key: philoxKeyFromSeed(2), step: 5 },
        },
      );
      contribution.unsafe.norms.forEach((norm, i) => {
        if (batch % 4 === 0 && i === 0) return;
        const seen = norms.get(rows[i]!) ?? new Set();
        norms.set(rows[i]!, seen.add(norm));
      });
      tf.dispose(tensors);
    }
    expect(norms.size).toBe(examples);
    for (const seen of norms.values()) expect(seen.size).toBe(1);
  });
});
