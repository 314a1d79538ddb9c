import * as tf from '@tensorflow/tfjs-core';
import { arithmeticNames, layerArithmetic, registerArithmetic } from '@dpquant/quantization';

/**
 * Codes of the current recording; kept tensors, since they cannot be read at once on every backend.
 */
let recorded = [];

function recording(quantizer) {
  return {
    ...quantizer,
    quantize(x, rounding, examples) {
      const operand = quantizer.quantize(x, rounding, examples);
      recorded.push(tf.keep(tf.clone(operand.codes)));
      return operand;
    },
  };
}

/**
 * All codes that a run in an arithmetic multiplies, in their order.
 *
 * @param {string} arithmetic its name
 * @param {(format: string) => Promise<void>} run trains with its layers in that format, which
 *   records
 * @returns {Promise<Float32Array>}
 */
export async function codesOf(arithmetic, run) {
  const name = `recorded-${arithmetic}`;
  if (!arithmeticNames().includes(name)) {
    const { activations, weights, outputGradients, ...rest } = layerArithmetic(arithmetic);
    registerArithmetic({
      ...rest,
      name,
      activations: recording(activations),
      weights: recording(weights),
      outputGradients: recording(outputGradients),
    });
  }
  recorded = [];
  try {
    await run(name);
    const lists = [];
    for (const codes of recorded) lists.push(await codes.data());
    const all = new Float32Array(lists.reduce((sum, { length }) => sum + length, 0));
    let start = 0;
    for (const list of lists) {
      all.set(list, start);
      start += list.length;
    }
    return all;
  } finally {
    tf.dispose(recorded);
  }
}
