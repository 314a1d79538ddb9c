import { arithmeticNames, layerArithmetic } from '@dpquant/quantization';
import { Draw } from '../draw.mjs';
import { drawChain } from './drawLayers.mjs';
import { numberFills, tokenFills } from './fills.mjs';

/**
 * @typedef {object} ModelCase
 * @property {number[]} shape of one example
 * @property {number} vocabulary indices that an embedding knows; 0 where the model reads numbers
 * @property {import('./drawLayers.mjs').LayerCase[]} layers
 * @property {'flatten' | 'average'} pool
 * @property {{units: number, useBias: boolean}} outputs
 * @property {boolean} hasOutputLayer whether a dense layer gives them, and not the pooling
 * @property {number} deviation of the weights
 */

/**
 * One privacy unit.
 *
 * @typedef {object} UnitCase
 * @property {string} fill name of its values
 * @property {number} weight of its loss
 * @property {number} targetScale of its targets, where the loss takes numbers
 * @property {number} padded rows that it lacks
 */

/**
 * All of a case, as plain data.
 *
 * @typedef {object} SumCase
 * @property {number} seed
 * @property {string} kind of the model: what it reads
 * @property {ModelCase} model
 * @property {string[]} formats that layers take by turns
 * @property {string} method how norms are taken
 * @property {'softmax' | 'squared'} loss
 * @property {{name: string, clipNorm: number, stability: number}} rule
 * @property {number} rowsPerUnit
 * @property {UnitCase[]} units the last of which is the one that is added
 * @property {string} padding name of the values of padding
 * @property {number} size units of a physical batch, padding among them
 * @property {number} place of the added unit when it is alone
 * @property {number[]} order of the units; batches are full but for the last
 * @property {number[][]} otherCut the units again, in another order and with padding (the number
 *   that follows theirs) anywhere
 * @property {number} otherSize of batches in which sums may differ, which is only counted
 */

/** Seldom beyond the vectors and tiles of kernels. */
const length = (draw, small, large) => draw.integer(1, draw.chance(0.1) ? large : small);

const shapes = {
  numbers: (draw) => [length(draw, 12, 300)],
  sequence: (draw) => [length(draw, 9, 40), length(draw, 6, 40)],
  image: (draw) => [length(draw, 7, 20), length(draw, 7, 20), length(draw, 4, 16)],
  tokens: (draw) => [length(draw, 8, 40)],
};

/**
 * The case of a seed.
 *
 * @param {number} seed
 * @param {object} [options]
 * @param {boolean} [options.hasBlockFormats] whether the backend has them. Default true
 * @param {number} [options.casesOfModel] seeds in a row with one model in batches of one shape.
 *   Default 1
 * @returns {SumCase}
 */
export function drawCase(seed, { hasBlockFormats = true, casesOfModel = 1 } = {}) {
  const ofModel = new Draw(Math.floor(seed / casesOfModel), 'model');
  const kind = ofModel.among(['numbers', 'sequence', 'image', 'image', 'tokens']);
  const model = drawModel(ofModel, kind);
  const rowsPerUnit = ofModel.among([1, 1, 1, 2, 3]);
  const formats = [drawFormat(ofModel, hasBlockFormats), drawFormat(ofModel, hasBlockFormats)];
  const method = ofModel.among(['cheaper', 'ghost', 'instantiate']);
  const loss = ofModel.among(['softmax', 'squared']);
  const size = length(ofModel, 6, 24);
  const otherSize = length(ofModel, 6, 24);

  const draw = new Draw(seed, 'case');
  const units = Array.from({ length: 1 + length(draw, 4, 12) }, () =>
    drawUnit(draw, kind, rowsPerUnit),
  );
  return {
    ...{ seed, kind, model, formats, method, loss, rowsPerUnit, units },
    rule: drawRule(draw),
    padding:
      kind === 'tokens' ? 'first' : draw.among(['zeros', 'zeros', 'ordinary', 'NaN', '10³⁰']),
    size,
    place: draw.integer(0, size - 1),
    order: draw.shuffled([...units.keys()]),
    otherCut: drawCut(draw, units.length, size),
    otherSize,
  };
}

function drawCut(draw, units, size) {
  const left = draw.shuffled([...new Array(units).keys()]);
  const batches = [];
  while (left.length > 0) {
    const batch = left.splice(0, draw.integer(1, Math.min(size, left.length)));
    batches.push(draw.shuffled([...batch, ...new Array(size - batch.length).fill(units)]));
  }
  return batches;
}

function drawRule(draw) {
  return {
    name: draw.among(['flat', 'per-layer', 'automatic']),
    // Norms are mostly around 1: a clip norm above clips few.
    clipNorm: 10 ** (draw.chance(0.6) ? draw.between(-6, 0) : draw.between(0, 6)),
    stability: 10 ** draw.between(-6, 1),
  };
}

function drawModel(draw, kind) {
  const shape = shapes[kind](draw);
  const isTokens = kind === 'tokens';
  const read = isTokens ? [shape[0], 4] : shape;
  const { layers } = drawChain(draw, read, draw.integer(0, 3));
  return {
    shape,
    vocabulary: isTokens ? draw.integer(2, 6) : 0,
    layers,
    pool: draw.among(['flatten', 'average']),
    outputs: { units: draw.integer(2, 4), useBias: draw.chance(0.7) },
    hasOutputLayer: true,
    deviation: draw.chance(0.8) ? 0.5 : draw.among([1e-3, 0, 30, 1e10]),
  };
}

function drawUnit(draw, kind, rowsPerUnit) {
  const fills = Object.keys(kind === 'tokens' ? tokenFills : numberFills);
  return {
    fill: draw.chance(0.5) ? 'ordinary' : draw.among(fills),
    weight: draw.chance(0.8) ? 1 : draw.among([0.3, 0, 1e-30, 1e-38, 1e30]),
    targetScale: draw.chance(0.9) ? draw.among([1, 300]) : 1e20,
    padded: draw.chance(0.2) ? draw.integer(0, rowsPerUnit - 1) : 0,
  };
}

function drawFormat(draw, hasBlockFormats) {
  const names = arithmeticNames();
  return draw.among(hasBlockFormats ? names : names.filter((name) => !hasBlocks(name)));
}

function hasBlocks(name) {
  const { activations, weights, outputGradients } = layerArithmetic(name);
  return [activations, weights, outputGradients].some(({ granularity }) => granularity === 'block');
}
