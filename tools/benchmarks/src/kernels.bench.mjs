import { availableParallelism } from 'node:os';
import '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import { backends, kernels } from './packages.mjs';

const milliseconds = 1500;

/** [n, height, width, channels], [height, width, channels in, channels out], stride. */
const convolutions = [
  [[32, 16, 16, 64], [3, 3, 64, 64], 1],
  [[16, 32, 32, 64], [3, 3, 64, 128], 2],
  [[16, 4, 4, 512], [3, 3, 512, 512], 1],
  [[16, 16, 16, 256], [1, 1, 256, 64], 1],
  [[16, 32, 32, 3], [3, 3, 3, 64], 1],
];

/** The SIMD kernels, alone and on threads, beside those of TensorFlow.js in the same run. */
export default {
  name: 'kernels',
  description: 'billion operations/s of the SIMD kernels on WASM, beside stock TensorFlow.js',

  async run({ log }) {
    const threads = Math.min(availableParallelism(), 4);
    const names = ['BatchMatMul', 'Conv2D', 'Conv2DBackpropInput'];
    const stock = new Map(names.map((name) => [name, tf.getKernel(name, 'wasm').kernelFunc]));
    await backends.startBackend('wasm', { threads });
    const cases = [...products(), ...convolutions.flatMap(convolutionCases), ...otherCases()];
    const rows = [];
    for (const { name, what, inputs, attrs, operations, floatName } of cases) {
      log(`${name} ${what}`);
      const run = (kernelFunc) => () => kernelFunc({ inputs, attrs, backend: tf.backend() });
      const own = tf.getKernel(name, 'wasm').kernelFunc;
      const others = [stock.get(name), floatName && tf.getKernel(floatName, 'wasm').kernelFunc].map(
        (each) => each && run(each),
      );
      await kernels.startThreads(1);
      const [alone, ofStock, inFloat] = leastTimes([run(own), ...others]);
      await kernels.startThreads(threads);
      const [together] = leastTimes([run(own)]);
      const perSecond = (time) => (time ? Number((operations / time / 1e6).toFixed(1)) : null);
      const ratio = (time) => (time ? Number((time / alone).toFixed(2)) : null);
      rows.push({
        kernel: name,
        operands: what,
        'G/s': perSecond(alone),
        stock: perSecond(ofStock),
        'times stock': ratio(ofStock),
        'times float32': ratio(inFloat),
        [`times, on ${threads} threads`]: Number((alone / together).toFixed(2)),
      });
      tf.dispose(inputs);
    }
    return rows;
  },
};

/** Milliseconds, the least of alternating turns, of each; undefined for what is not there. */
function leastTimes(runs) {
  const times = runs.map(() => Infinity);
  const end = performance.now() + milliseconds;
  while (performance.now() < end) {
    for (const [i, run] of runs.entries()) {
      if (!run) continue;
      const start = performance.now();
      const results = run();
      times[i] = Math.min(times[i], performance.now() - start);
      for (const { dataId } of [results].flat()) tf.backend().disposeData(dataId);
    }
  }
  return times.map((time) => (time < Infinity ? time : undefined));
}

/** Whole numbers of 8 bits, as tensors of codes hold them. */
const codes = (shape) => tf.round(tf.randomUniform(shape, -64, 64));

function products() {
  const size = 512;
  const shape = [size, size];
  const operations = 2 * size ** 3;
  const what = `${size}×${size}×${size}`;
  const plain = { transposeA: false, transposeB: false };
  const batch = [64, 64, 64];
  return [
    { what, attrs: plain },
    { what: `${what}, Aᵀ·B`, attrs: { ...plain, transposeA: true } },
    { what: `${what}, A·Bᵀ`, attrs: { ...plain, transposeB: true } },
  ]
    .map((each) => ({
      name: 'BatchMatMul',
      inputs: { a: tf.randomNormal(shape), b: tf.randomNormal(shape) },
      operations,
      ...each,
    }))
    .concat([
      {
        name: 'BatchMatMul',
        what: '64 of 64×64×64',
        inputs: { a: tf.randomNormal(batch), b: tf.randomNormal(batch) },
        attrs: plain,
        operations: 2 * 64 ** 4,
      },
      {
        name: 'IntegerMatMul',
        floatName: 'BatchMatMul',
        what,
        inputs: { a: codes(shape), b: codes(shape) },
        attrs: plain,
        operations,
      },
    ]);
}

function convolutionCases([inputShape, filterShape, stride]) {
  const info = tf.backend_util.computeConv2DInfo(inputShape, filterShape, stride, 1, 'same');
  const attrs = { strides: [stride, stride], pad: 'same', dilations: [1, 1], dataFormat: 'NHWC' };
  Object.assign(attrs, { inputShape, filterShape });
  // What a sum of all examples' gradients takes besides.
  attrs.factors = new Float32Array(inputShape[0]).fill(1);
  const operations =
    2 * info.outHeight * info.outWidth * inputShape[0] * filterShape.reduce((a, b) => a * b);
  const what = `${filterShape.join('×')} over ${inputShape.join('×')}, stride ${stride}`;
  return [codes, tf.randomNormal].flatMap((of) => {
    const [x, filter, dy] = [of(inputShape), of(filterShape), of(info.outShape)];
    const names =
      of === codes
        ? ['IntegerConv2D', 'IntegerConv2DInputGradient', 'IntegerConv2DWeightGradient']
        : ['Conv2D', 'Conv2DBackpropInput', 'Conv2DBackpropFilter'];
    const floatNames =
      of === codes ? ['Conv2D', 'Conv2DBackpropInput', 'Conv2DBackpropFilter'] : [];
    return [
      { x, filter },
      { dy, filter },
      { x, dy },
    ].map((inputs, i) => ({
      ...{ name: names[i], floatName: floatNames[i], what, attrs, operations },
      inputs: Object.fromEntries(Object.entries(inputs).map(([key, t]) => [key, tf.clone(t)])),
    }));
  });
}

function otherCases() {
  const count = 2 ** 20;
  const groups = 64;
  const words = { key: [1, 2], step: 1 };
  words.rows = new Uint32Array(groups);
  words.viewsAndDraws = new Uint32Array(groups);
  const what = '64 examples of 16,384 values';
  const quantized = (name, attrs) => ({
    ...{ name, what, attrs: { groups, ...words, ...attrs }, operations: count },
    inputs: { x: tf.randomNormal([groups, count / groups]) },
  });
  return [
    quantized('QuantizeLuqFp4', {}),
    quantized('QuantizeIntegers', { largest: 7, isSawb: true, isStochastic: false }),
    quantized('QuantizeIntegers', { largest: 127, isSawb: false, isStochastic: true }),
  ];
}
