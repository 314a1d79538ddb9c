import * as tf from '@tensorflow/tfjs-core';
import { fillGaussian, SeededRandom, uniform } from '@dpquant/random';
import { numberFills, tokenFills } from './fills.mjs';

/**
 * The values of one unit, its rows one after the other.
 *
 * @typedef {object} UnitValues
 * @property {Float32Array} inputs
 * @property {Float32Array} targets one a row, or one a row and output
 * @property {Float32Array} mask one a row
 * @property {number} weight of the loss
 */

/**
 * Values of every unit, and last those of padding.
 *
 * @param {import('./drawCase.mjs').SumCase} drawn
 * @returns {UnitValues[]}
 */
export function unitValues(drawn) {
  const padding = { fill: drawn.padding, weight: 1, targetScale: 1, padded: drawn.rowsPerUnit };
  return [...drawn.units, padding].map((unit, i) => valuesOf(drawn, unit, i));
}

function valuesOf({ seed, model, loss, rowsPerUnit }, unit, index) {
  const random = new SeededRandom(seed, `unit ${index}`);
  const size = model.shape.reduce((product, length) => product * length, 1);
  const inputs = new Float32Array(rowsPerUnit * size);
  if (model.vocabulary > 0) {
    const fill = tokenFills[unit.fill];
    inputs.forEach((_, i) => (inputs[i] = fill(uniform(random), model.vocabulary)));
  } else {
    fillGaussian(random, inputs);
    const fill = numberFills[unit.fill];
    inputs.forEach((normal, i) => (inputs[i] = fill(normal, i)));
  }
  const { units: outputs } = model.outputs;
  const targets = new Float32Array(rowsPerUnit * (loss === 'softmax' ? 1 : outputs));
  if (loss === 'softmax') {
    targets.forEach((_, i) => (targets[i] = Math.floor(uniform(random) * outputs)));
  } else {
    fillGaussian(random, targets, unit.targetScale);
  }
  const mask = Float32Array.from({ length: rowsPerUnit }, (_, row) =>
    row < rowsPerUnit - unit.padded ? 1 : 0,
  );
  return { inputs, targets, mask, weight: unit.weight };
}

/**
 * A physical batch with these units at its places.
 *
 * @param {import('./drawCase.mjs').SumCase} drawn
 * @param {readonly UnitValues[]} values of all units, padding last
 * @param {readonly number[]} places the number of the unit at each place
 */
export function batchOf({ model, loss, rowsPerUnit }, values, places) {
  const rows = places.length * rowsPerUnit;
  const join = (part) => {
    const parts = places.map((unit) => values[unit][part]);
    const joined = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
    parts.forEach((numbers, i) => joined.set(numbers, i * numbers.length));
    return joined;
  };
  const byRow = places.flatMap((unit) =>
    Array.from({ length: rowsPerUnit }, (_, row) => ({ unit, row })),
  );
  return {
    inputs: tf.tensor(join('inputs'), [rows, ...model.shape]),
    targets: tf.tensor(join('targets'), loss === 'softmax' ? [rows] : [rows, model.outputs.units]),
    mask: join('mask'),
    weights: Float32Array.from(byRow, ({ unit }) => values[unit].weight),
    keys: {
      rows: Uint32Array.from(byRow, ({ unit, row }) => 1000 + 10 * unit + row),
      views: Uint32Array.from(byRow, ({ unit }) => unit),
    },
  };
}
