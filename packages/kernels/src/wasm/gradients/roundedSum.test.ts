import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import { SeededRandom, uniformInteger } from '@dpquant/random';
import { codesOf } from '../../testing/integers.ts';
import {
  byKernel,
  chains,
  convolutions,
  dense,
  largest,
  oracle,
  sizeOf,
  valuesOf,
  type Values,
} from '../../testing/roundedSums.ts';
import { startWasm } from '../../testing/startWasm.ts';

beforeAll(startWasm);
afterAll(() => tf.setBackend('cpu'));

const random = new SeededRandom(12, 'shapes');
const upTo = (limit: number) => 1 + uniformInteger(random, limit);
const layers = [
  dense(5, 1, 13, 11),
  dense(5, 2, 4, 8),
  dense(5, 3, 7, 17),
  dense(5, 5, 1, 1),
  dense(4, 64, 21, 9),
  // More examples, rows and columns than are summed at a time.
  dense(300, 1, 9, 260),
  dense(2, 3, 150, 259),
  ...Array.from({ length: 15 }, () => dense(upTo(5), upTo(20), upTo(21), upTo(19))),
  ...convolutions,
];

/** Factors of all sizes up to those that bring gradients to 2²²; every fourth one is 0. */
function factorsOf(gradients: readonly Float32Array[]): Float32Array {
  return Float32Array.from(gradients, (gradient, i) => {
    const norm = gradient.reduce((most, g) => Math.max(most, Math.abs(g)), 1e-10);
    return [(largest * (1 - 2 ** -20)) / norm, 3.7 / norm, 12345.678 / norm, 0][i % 4]!;
  });
}

/** The examples at `indices` alone. */
function select({ a, dy }: Values, n: number, indices: readonly number[]): Values {
  const of = (values: Float32Array) => {
    const size = values.length / n;
    return Float32Array.from(
      indices.flatMap((i) => Array.from(values.subarray(i * size, (i + 1) * size))),
    );
  };
  return { a: of(a), dy: of(dy) };
}

describe.each(layers)('the sum of $name', (layer) => {
  const n = layer.aShape[0]!;
  const values = valuesOf(layer);
  let gradients: Float32Array[];
  let factors: Float32Array;
  beforeAll(() => {
    gradients = chains(layer, values).all;
    factors = factorsOf(gradients);
  });

  it('equals plain loops, to the bit', () => {
    expect(byKernel(layer, values, factors)).toEqual(oracle(layer, values, factors));
  });

  it('uses the same gradients as the norms', () => {
    const inputs = {
      a: tf.tensor(values.a, layer.aShape),
      dy: tf.tensor(values.dy, layer.dyShape),
    };
    const attributes = { ...layer.attributes, isGhost: false };
    const result = tf.engine().runKernel<tf.Tensor>(layer.kernels.norms, inputs, attributes);
    const norms = new Float64Array(result.dataSync<'int32'>().slice().buffer);
    tf.dispose([inputs, result]);
    const isSingle = chains(layer, values).positions === 1;
    gradients.forEach((gradient, i) => {
      const squared = gradient.reduce((sum, g) => sum + g * g, 0);
      // At a single position the norm is that of the factors.
      const relative = isSingle ? 2 ** -22 : 1e-13;
      expect(Math.abs(norms[3 * i]! - squared)).toBeLessThanOrEqual(relative * squared);
    });
  });

  it('does not depend on the order of examples or their division into batches', () => {
    const expected = byKernel(layer, values, factors);
    const reversed = Array.from({ length: n }, (_, i) => n - 1 - i);
    const turned = select(values, n, reversed);
    expect(
      byKernel(
        layer,
        turned,
        Float32Array.from(reversed, (i) => factors[i]!),
      ),
    ).toEqual(expected);
    const half = n >> 1;
    const parts = [reversed.slice(0, half), reversed.slice(half)].filter(({ length }) => length);
    const sums = parts.map((part) =>
      byKernel(
        layer,
        select(values, n, part),
        Float32Array.from(part, (i) => factors[i]!),
      ),
    );
    expect(sums.reduce((sum, more) => sum.map((x, k) => x + more[k]!))).toEqual(expected);
  });

  it('leaves out examples with factor 0, whatever their values are', () => {
    const without = factors.map((factor, i) => (i % 2 === 0 ? 0 : factor));
    const spoilt = { a: values.a.slice(), dy: values.dy.slice() };
    for (let i = 0; i < n; i++) {
      if (without[i] !== 0) continue;
      const [left, right] = [spoilt.a, spoilt.dy].map((all) => {
        const size = all.length / n;
        return all.subarray(i * size, (i + 1) * size);
      }) as [Float32Array, Float32Array];
      left.fill(i % 3 === 0 ? Infinity : NaN);
      right.fill(-Infinity);
    }
    expect(byKernel(layer, spoilt, without)).toEqual(oracle(layer, values, without));
  });
});

const layersOfIntegers = layers.filter(({ dyShape }) => sizeOf(dyShape.slice(1, -1)) > 1);

describe.each(layersOfIntegers)('the sum of integers of $name', (layer) => {
  it.each(['random', 'largest', 'luq-fp4'] as const)('is exact until it is rounded: %s', (kind) => {
    const values = {
      a: Float32Array.from(codesOf(kind, sizeOf(layer.aShape), 1)),
      dy: Float32Array.from(codesOf(kind, sizeOf(layer.dyShape), 2)),
    };
    // Sums of few positions are exact in float32, too.
    const { all } = chains(layer, values);
    const factors = factorsOf(all);
    expect(byKernel(layer, values, factors, true)).toEqual(oracle(layer, values, factors));
  });
});
