import * as tf from '@tensorflow/tfjs-core';
import { arithmeticNames, layerArithmetic } from '@dpquant/quantization';
import { philoxKeyFromSeed, SeededRandom, uniformInteger } from '@dpquant/random';
import { valuesOf } from '../conformanceCase.mjs';
import { normal } from './values.mjs';

const examples = 3;
const keys = { rows: Uint32Array.of(0, 7, 0xffffffff), views: Uint32Array.of(0, 1, 65535) };
const rounding = { key: philoxKeyFromSeed(5), step: 4_000_000_000, draw: 3 };

const kinds = {
  ordinary: (size) => normal(size, 1),
  'powers of two and ties': (size) => {
    const values = [0, -0, 1, -1, 2, 4, 64, -64, 0.5, 1.5, -3, 63.999996, 1e-30, 7, 0.25];
    const random = new SeededRandom(2, 'conformance');
    return Float32Array.from({ length: size }, () => values[uniformInteger(random, values.length)]);
  },
  'sixty orders of magnitude': (size) => {
    const random = new SeededRandom(3, 'conformance');
    return normal(size, 3).map((x) => x * 10 ** (uniformInteger(random, 60) - 30));
  },
  rectified: (size) => normal(size, 6).map((x) => Math.max(-0, x)),
  zeros: (size) => new Float32Array(size),
  'one example not finite': (size) =>
    normal(size, 4).map((x, i) => (i === Math.floor(size / 2) ? NaN : x)),
};

/**
 * Codes and scales of the same values are the same, to the bit, with and without a kernel of our
 * own.
 */
function quantizerCase(format, operand, kind, size) {
  return {
    group: 'quantizers',
    name: `${format} ${operand}, ${kind}, ${size} an example`,
    agreement: 'identical',
    async compute() {
      const x = tf.tensor(kinds[kind](examples * size), [examples, size]);
      const quantizer = layerArithmetic(format)[operand];
      const { codes, scales } = quantizer.quantize(
        x,
        rounding,
        operand === 'weights' ? undefined : keys,
      );
      x.dispose();
      if (scales instanceof tf.Tensor) return valuesOf({ codes, scales });
      return { scales: scales ?? [], ...(await valuesOf({ codes })) };
    },
  };
}

/** @type {import('../conformanceCase.mjs').ConformanceCase[]} */
export const quantizerCases = [
  ...arithmeticNames().flatMap((format) =>
    ['activations', 'weights', 'outputGradients'].map((operand) =>
      quantizerCase(format, operand, 'ordinary', 100),
    ),
  ),
  ...Object.keys(kinds).flatMap((kind) =>
    [1, 5, 16, 33].map((size) => quantizerCase('luq-fp4', 'outputGradients', kind, size)),
  ),
  ...Object.keys(kinds).flatMap((kind) => [
    quantizerCase('int4-luq', 'activations', kind, 33),
    quantizerCase('uint4-luq', 'activations', kind, 33),
    quantizerCase('int8', 'outputGradients', kind, 33),
    quantizerCase('fp8-e4m3', 'activations', kind, 33),
    quantizerCase('fp16', 'outputGradients', kind, 33),
  ]),
];
