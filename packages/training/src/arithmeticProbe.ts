import * as tf from '@tensorflow/tfjs-core';
import {
  dequantize,
  requirePerExampleScales,
  type LayerArithmetic,
  type Quantizer,
} from '@dpquant/quantization';

/** Number of values per example. */
const size = 40;

/**
 * Quantizes synthetic values for all three operands of an arithmetic before anything is charged.
 * Finds a backend that cannot compute it, and a quantizer of activations or output gradients whose
 * result for an example depends on the other examples of the batch or on the example's position.
 * The results must be equal to the bit.
 *
 * @throws RangeError for scales shared by a whole batch
 * @throws Error that names the operand
 */
export async function probeArithmetic(arithmetic: LayerArithmetic): Promise<void> {
  requirePerExampleScales(arithmetic);
  const { name, activations, weights, outputGradients } = arithmetic;
  await quantized(weights, [0, 1, 2, 3]);
  for (const [operand, quantizer] of Object.entries({ activations, outputGradients })) {
    const values = await quantized(quantizer, [0, 1, 2, 3]);
    const changedBatches = [
      await quantized(quantizer, [0, 1, 2, 3], new Map([[0, 1e4]])),
      await quantized(quantizer, [0, 1, 2, 3], new Map([[2, 0]])),
      await quantized(quantizer, [0, 1, 2, 3], new Map([[2, NaN]])),
      await quantized(quantizer, [3, 1]),
    ];
    for (const changed of changedBatches) {
      for (const example of [1, 3]) {
        const alone = changed.get(example)!;
        if (values.get(example)!.every((value, i) => value === alone[i])) continue;
        throw new Error(
          `arithmetic "${name}": its quantizer of ${operand} gives an example other values in another batch or ` +
            'position, so that clipping would not bound its influence; take scales per example or block, and key random bits by ' +
            "the examples' rows and views",
        );
      }
    }
  }
}

/**
 * Quantized and dequantized values of each example, by its row.
 *
 * @param scales factors that the examples' values are multiplied by; default 1
 */
async function quantized(
  quantizer: Quantizer,
  rows: readonly number[],
  scales: ReadonlyMap<number, number> = new Map(),
): Promise<Map<number, tf.TypedArray>> {
  const keys = { rows: Uint32Array.from(rows), views: new Uint32Array(rows.length) };
  const given = rows.flatMap((row) =>
    Array.from({ length: size }, (_, i) => Math.sin(row * size + i + 1) * (scales.get(row) ?? 1)),
  );
  const values = tf.tidy(() => {
    // Multiplied on the backend, so that the tensor lies where the backend computes.
    const x = tf.mul(tf.tensor2d(given, [rows.length, size]), 2);
    const randomness = { key: [0, 0], step: 0, draw: 0 } as const;
    return dequantize(quantizer.quantize(x, randomness, keys));
  });
  const all = await values.data();
  values.dispose();
  return new Map(rows.map((row, i) => [row, all.slice(i * size, (i + 1) * size)]));
}
