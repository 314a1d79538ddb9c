import { beforeAll, expect, it } from '@jest/globals';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { arithmeticNames, layerArithmetic, type Quantizer } from '@dpquant/quantization';
import { probeArithmetic } from './arithmeticProbe.ts';

beforeAll(async () => {
  tf.env().set('IS_NODE', false);
  await tf.setBackend('cpu');
});

it.each(arithmeticNames())('%s keeps examples independent and leaks no tensor', async (name) => {
  const tensors = tf.memory().numTensors;
  await probeArithmetic(layerArithmetic(name));
  expect(tf.memory().numTensors).toBe(tensors);
});

const int8 = layerArithmetic('int8');

it.each<[string, Quantizer['quantize']]>([
  ['has one scale for the batch', (x, randomness) => int8.weights.quantize(x, randomness)],
  [
    'keys random bits by the place in the batch',
    (x, randomness, examples) => {
      const rows = Uint32Array.from(examples!.rows, (_, i) => i);
      return layerArithmetic('luq-fp4').activations.quantize(x, randomness, { ...examples!, rows });
    },
  ],
])('refuses a quantizer that %s, whatever it declares', async (_, quantize) => {
  const mixing: Quantizer = { format: 'int8', granularity: 'example', quantize };
  const mine = { ...int8, name: 'mine' };
  for (const operand of ['activations', 'outputGradients'] as const) {
    await expect(probeArithmetic({ ...mine, [operand]: mixing })).rejects.toThrow(
      new RegExp(`^arithmetic "mine": its quantizer of ${operand} gives an example other values`),
    );
  }
  await probeArithmetic({ ...mine, weights: mixing });
});
