import * as tf from '@tensorflow/tfjs-core';
import { arithmeticNames, layerArithmetic, registerArithmetic } from '@dpquant/quantization';

const name = 'recorded-luq-fp4';

/** Codes of the current recording; kept tensors, since they cannot be read at once on every backend. */
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
 * All codes that a run in LUQ-FP4 multiplies, in their order.
 *
 * @param {(format: string) => Promise<void>} run trains with its layers in that format
 * @returns {Promise<Float32Array>}
 */
export async function codesOf(run) {
  if (!arithmeticNames().includes(name)) {
    const { activations, weights, outputGradients } = layerArithmetic('luq-fp4');
    registerArithmetic({
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
