import { createHash } from 'node:crypto';
import * as tf from '@tensorflow/tfjs-core';
import { contribute, meanSquaredError, softmaxCrossEntropy } from '@dpquant/gradients';
import {
  automaticClipping,
  flatClipping,
  gridUnitsInClipNorm,
  perLayerClipping,
} from '@dpquant/mechanisms';
import { layerArithmetic } from '@dpquant/quantization';
import { philoxKeyFromSeed } from '@dpquant/random';
import { buildModel, disposeModel } from './buildModel.mjs';
import { batchOf, unitValues } from './units.mjs';

/**
 * What became of a case.
 *
 * @typedef {object} CaseResult
 * @property {string[]} problems empty where all holds
 * @property {number} share ‖z_x‖ of the added unit, as a share of the clip norm
 * @property {number} bounded units whose norm was looked at
 * @property {boolean} differsBySize whether physical batches of another size give another sum, as
 *   they may
 * @property {string} digest of all sums: equal on any number of threads
 */

const clippings = {
  flat: ({ clipNorm }) => flatClipping(clipNorm),
  'per-layer': ({ clipNorm }) => perLayerClipping(clipNorm),
  automatic: ({ clipNorm, stability }) => automaticClipping(clipNorm, stability),
};

const losses = { softmax: softmaxCrossEntropy, squared: meanSquaredError };

const mostSquared = BigInt(gridUnitsInClipNorm) ** 2n;

/**
 * Looks whether a unit adds its own whole numbers to sums, at most 2²⁰ grid units of them, and
 * whether sums are the same over orders and cuts into physical batches of one size: a backend may
 * have a method of its own for few rows.
 *
 * @param {import('./drawCase.mjs').SumCase} drawn
 * @param {typeof contribute} [contributed] what gives a batch's sums. Default that of
 *   `@dpquant/gradients`
 * @returns {Promise<CaseResult>}
 */
export async function checkCase(drawn, contributed = contribute) {
  const model = buildModel(drawn.model, drawn.seed);
  const values = unitValues(drawn);
  const options = optionsOf(drawn);
  const problems = new Set();
  let bounded = 0;
  const padding = drawn.units.length;
  const added = padding - 1;
  const digest = createHash('sha256');

  /** Σ over physical batches, weight by weight. */
  async function sumOf(batches) {
    let total = null;
    for (const places of batches) {
      const batch = batchOf(drawn, values, places);
      const { sums } = await contributed(model, batch, options);
      tf.dispose([batch.inputs, batch.targets]);
      const numbers = [...sums.values()];
      for (const sum of numbers) digest.update(sum);
      if (places.filter((unit) => unit !== padding).length === 1) {
        bounded++;
        if (squared(numbers) > mostSquared) problems.add('a unit adds more than the clip norm');
      }
      total = total ? combine(total, numbers, 1) : numbers.map((sum) => Float64Array.from(sum));
    }
    return total;
  }

  try {
    const { size, order, otherCut, otherSize } = drawn;
    const alone = new Array(size).fill(padding);
    alone[drawn.place] = added;
    const ofUnit = await sumOf([alone]);
    const others = [...drawn.units.keys()].slice(0, -1);
    const without = await sumOf(cut(others, size, padding));
    const together = await sumOf(cut(order, size, padding));
    if (!isEqual(combine(together, without, -1), ofUnit)) {
      problems.add('a unit adds other whole numbers beside others than it adds alone');
    }
    if (!isEqual(await sumOf(otherCut), together)) {
      problems.add('another cut into physical batches, or another order, gives another sum');
    }
    const inOtherSize = await sumOf(cut(order, otherSize, padding));
    return {
      problems: [...problems],
      share: Math.sqrt(Number(squared(ofUnit))) / gridUnitsInClipNorm,
      bounded,
      differsBySize: !isEqual(inOtherSize, together),
      digest: digest.digest('hex'),
    };
  } finally {
    disposeModel(model);
  }
}

function optionsOf({ formats, method, loss, rule, rowsPerUnit, seed }) {
  return {
    loss: losses[loss],
    clipping: clippings[rule.name](rule),
    // By turns: names of layers end with their number.
    arithmetic: (layer) => layerArithmetic(formats[(layer.charCodeAt(layer.length - 1) ?? 0) % 2]),
    randomness: { key: philoxKeyFromSeed(seed), step: 3 },
    normMethod: () => method,
    rowsPerUnit,
  };
}

/** Physical batches of one size, the last of them padded. */
function cut(units, size, padding) {
  const batches = [];
  for (let start = 0; start < units.length; start += size) {
    const batch = units.slice(start, start + size);
    batches.push([...batch, ...new Array(size - batch.length).fill(padding)]);
  }
  return batches;
}

function combine(a, b, sign) {
  return a.map((sum, w) => sum.map((value, i) => value + sign * b[w][i]));
}

function isEqual(a, b) {
  return a.every((sum, w) => sum.every((value, i) => value === b[w][i]));
}

/** Σ z², without a rounding. */
function squared(sums) {
  let sum = 0n;
  for (const values of sums) for (const value of values) sum += BigInt(value) ** 2n;
  return sum;
}
