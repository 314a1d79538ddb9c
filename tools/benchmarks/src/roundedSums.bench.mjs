import '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import { measureSideBySide } from './measure.mjs';
import { backends } from './packages.mjs';

/**
 * [height, width, channels], filter [height, width, channels out], stride, padding, how many such
 * layers.
 */
const resnet18 = [
  [[32, 32, 3], [3, 3, 64], 1, 'same', 1],
  [[32, 32, 64], [3, 3, 64], 1, 'same', 4],
  [[32, 32, 64], [3, 3, 128], 2, 'same', 1],
  [[32, 32, 64], [1, 1, 128], 2, 'same', 1],
  [[16, 16, 128], [3, 3, 128], 1, 'same', 3],
  [[16, 16, 128], [3, 3, 256], 2, 'same', 1],
  [[16, 16, 128], [1, 1, 256], 2, 'same', 1],
  [[8, 8, 256], [3, 3, 256], 1, 'same', 3],
  [[8, 8, 256], [3, 3, 512], 2, 'same', 1],
  [[8, 8, 256], [1, 1, 512], 2, 'same', 1],
  [[4, 4, 512], [3, 3, 512], 1, 'same', 3],
];
const smallCnn = [
  [[28, 28, 1], [5, 5, 8], 2, 'same', 1],
  [[14, 14, 8], [3, 3, 32], 2, 'same', 1],
  [[7, 7, 32], [3, 3, 64], 2, 'valid', 1],
];
const mlp = [
  [784, 256],
  [256, 128],
  [128, 10],
];

/** Turns of one kernel after the other; more where one takes little time. */
const turns = (operations) => (operations > 5e8 ? 9 : 41);

/**
 * What it costs that sums of weight gradients are whole numbers: kernels of `roundedSumOperations`
 * beside those that sum in float32, in turns.
 */
export default {
  name: 'roundedSums',
  description: 'sums of weight gradients as whole numbers, beside sums in float32, on WASM',

  async run({ log }) {
    await backends.startBackend('wasm', { threads: 1 });
    const models = [
      ['resnet18, batch 32', resnet18.map((layer) => convolution(32, ...layer))],
      ['small-cnn, batch 256', smallCnn.map((layer) => convolution(256, ...layer))],
      ['mlp, batch 256', mlp.map((layer) => dense(256, ...layer))],
    ];
    const rows = [];
    for (const [model, layers] of models) {
      for (const areIntegers of model.startsWith('mlp') ? [false] : [false, true]) {
        const totals = [0, 0, 0, 0];
        for (const layer of layers) {
          log(`${model}: ${layer.what}`);
          const [plain, rounded] = await measure(layer, areIntegers);
          const times = [plain.nanoseconds, rounded.nanoseconds, plain.least, rounded.least];
          times.forEach((time, i) => (totals[i] += time * layer.operations * layer.count));
          rows.push(row(model, layer.what, areIntegers, times));
        }
        rows.push(row(model, 'all layers', areIntegers, totals));
      }
    }
    return rows;
  },
};

function row(model, layer, areIntegers, [plain, rounded, leastPlain, leastRounded]) {
  return {
    model,
    layer,
    operands: areIntegers ? 'integers' : 'float32',
    'time / float32 sum': Number((rounded / plain).toFixed(3)),
    'least / least': Number((leastRounded / leastPlain).toFixed(3)),
  };
}

async function measure({ shapes, names, attrs, operations }, areIntegers) {
  const values = areIntegers
    ? (shape) => tf.round(tf.randomUniform(shape, -64, 64))
    : tf.randomNormal;
  const [first, second] = shapes.map((shape) => tf.tidy(() => values(shape)));
  const backend = tf.backend();
  const n = shapes[0][0];
  const run = (name, factor) => {
    const { kernelFunc } = tf.getKernel(name, 'wasm');
    const factors = new Float32Array(n).fill(factor);
    // What the layer's three kernels call their inputs.
    const inputs = { a: first, x: first, dy: second, b: second };
    const { dataId } = kernelFunc({ inputs, attrs: { ...attrs, factors, areIntegers }, backend });
    backend.disposeData(dataId);
  };
  const [plainName, integerName, roundedName] = names;
  const results = await measureSideBySide(
    [
      { name: 'plain', operations, run: () => run(areIntegers ? integerName : plainName, 1) },
      { name: 'rounded', operations, run: () => run(roundedName, areIntegers ? 0.01 : 100) },
    ],
    { turns: turns(operations) },
  );
  tf.dispose([first, second]);
  return results;
}

function convolution(n, image, [height, width, d], stride, pad, count) {
  const inputShape = [n, ...image];
  const filterShape = [height, width, image[2], d];
  const { outShape } = tf.backend_util.computeConv2DInfo(inputShape, filterShape, stride, 1, pad);
  return {
    what: `${filterShape.join('×')} over ${image.join('×')}, stride ${stride}`,
    shapes: [inputShape, outShape],
    names: ['Conv2DBackpropFilter', 'IntegerConv2DWeightGradient', 'Conv2DRoundedSum'],
    attrs: { strides: [stride, stride], pad, dataFormat: 'NHWC', filterShape },
    operations: 2 * tf.util.sizeFromShape(outShape) * height * width * image[2],
    count,
  };
}

function dense(n, p, d) {
  return {
    what: `${p}×${d}`,
    shapes: [
      [n, p],
      [n, d],
    ],
    names: ['BatchMatMul', 'IntegerMatMulWeightGradient', 'MatMulRoundedSum'],
    attrs: { transposeA: true, transposeB: false },
    operations: 2 * n * p * d,
    count: 1,
  };
}
