import { beforeAll, expect, it } from '@jest/globals';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { expectEqualToOracle } from './testing/comparison.ts';
import { randomBatch, randomizeWeights } from './testing/models.ts';
import { build, buildersOf, chains, channels } from './testing/randomModels.ts';
import { validateModel } from './validateModel.ts';

beforeAll(async () => {
  tf.env().set('IS_NODE', false);
  await tf.setBackend('cpu');
});

const recipe = fc.record({
  ...chains,
  rowsPerUnit: fc.constantFrom(1, 3),
  padded: fc.boolean(),
  seed: fc.nat(1000),
});

it.each(['float32', 'luq-fp4'])(
  'a model assembled at random equals one example at a time in %s',
  async (format) => {
    const used = new Set<string>();
    await fc.assert(
      fc.asyncProperty(recipe, async (drawn) => {
        for (const { layer } of [...drawn.image, ...drawn.sequence]) used.add(layer);
        const model = build(drawn);
        randomizeWeights(model, drawn.seed);
        validateModel(model);
        const batch = randomBatch(6, [3, 2, channels], 3, drawn.seed);
        if (drawn.padded) batch.mask.fill(0, 3);
        await expectEqualToOracle(model, batch, format, { rowsPerUnit: drawn.rowsPerUnit });
        model.dispose();
        tf.dispose([batch.inputs, batch.targets]);
      }),
      { numRuns: 25, seed: 7, endOnFailure: true },
    );
    expect([...used].sort()).toEqual(Object.keys(buildersOf).sort());
  },
);
