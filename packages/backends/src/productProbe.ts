import * as tf from '@tensorflow/tfjs-core';
import { matMulProduct, operandTensors, type Operand } from '@dpquant/quantization';
import type { ProductTimes } from './backend.ts';

/** [rows, depth] · [depth, columns] */
type Sizes = readonly [rows: number, depth: number, columns: number];

/** About the size of a layer's product. */
const sizesOfLayer: Sizes = [512, 1024, 512];

/** Largest code of LUQ-FP4. */
const largestCode = 64;

/** Approximate duration of a turn, and the greatest number of products in it. */
const millisecondsOfTurn = 15;
const mostOfTurn = 32;
const turns = { least: 1, most: 9, milliseconds: 200 };

/**
 * Measures the duration of a scaled product of two operands with LUQ-FP4 codes on the current
 * backend, by its integer kernel, which must be installed, and in float32: medians of alternating
 * turns, after shaders were compiled. Takes a fraction of a second on a graphics processor.
 */
export async function timeProducts(sizes = sizesOfLayer): Promise<ProductTimes> {
  const [rows, depth, columns] = sizes;
  const operands = [operand(rows, depth), operand(depth, columns)] as const;
  const [a, b] = operands;
  const ways = {
    integer: () =>
      matMulProduct.forward(
        { ...a, largestInteger: largestCode },
        { ...b, largestInteger: largestCode },
      ),
    // The same codes as plain float32 operands.
    float32: () => matMulProduct.forward(a, b),
  };
  try {
    let slowest = 0;
    for (const product of Object.values(ways)) {
      await millisecondsOf(product, 1);
      slowest = Math.max(slowest, await millisecondsOf(product, 1));
    }
    const count = Math.max(1, Math.floor(Math.min(mostOfTurn, millisecondsOfTurn / slowest)));
    const times = { integer: [] as number[], float32: [] as number[] };
    const end = performance.now() + turns.milliseconds;
    for (let turn = 0; turn < turns.most; turn++) {
      if (turn >= turns.least && performance.now() > end) break;
      times.integer.push((await millisecondsOf(ways.integer, count)) / count);
      times.float32.push((await millisecondsOf(ways.float32, count)) / count);
    }
    return { integer: median(times.integer), float32: median(times.float32) };
  } finally {
    tf.dispose(operands.flatMap(operandTensors));
  }
}

/**
 * Duration of `count` products that are submitted to the device one after the other and awaited
 * together.
 */
async function millisecondsOf(product: () => tf.Tensor, count: number): Promise<number> {
  const start = performance.now();
  for (let i = 1; i < count; i++) product().dispose();
  const last = product();
  // Reading a single value shows that all are done, and copies nothing else.
  const value = tf.slice(last, [0, 0], [1, 1]);
  await value.data();
  tf.dispose([last, value]);
  return performance.now() - start;
}

/** Codes of all magnitudes and both signs, with a scale, as a quantizer's kernel returns them. */
function operand(height: number, width: number): Operand {
  const codes = Float32Array.from({ length: height * width }, (_, i) => {
    const magnitude = 2 ** (i % 7);
    return i % 3 === 0 ? 0 : i % 2 === 0 ? magnitude : -magnitude;
  });
  return { codes: tf.tensor2d(codes, [height, width]), scales: tf.tensor1d([0.01]) };
}

function median(values: number[]): number {
  return values.sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
}
