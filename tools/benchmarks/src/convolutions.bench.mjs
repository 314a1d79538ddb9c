import '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import { backends } from './packages.mjs';

const milliseconds = 4000;
/** [n, height, width, channels], [height, width, channels in, channels out], stride. */
const shapes = [
  [[32, 16, 16, 64], [3, 3, 64, 64], 1],
  [[16, 32, 32, 64], [3, 3, 64, 128], 2],
  [[16, 4, 4, 512], [3, 3, 512, 512], 1],
  [[16, 16, 16, 256], [1, 1, 256, 64], 1],
  [[16, 32, 32, 3], [3, 3, 3, 64], 1],
  [[64, 28, 28, 1], [8, 8, 1, 16], 2],
];

/** The kernels of convolutions beside those of TensorFlow.js. */
export default {
  name: 'convolutions',
  description: 'GFLOP/s of convolutions and their gradients on WASM, beside stock TensorFlow.js',

  async run({ log }) {
    const names = ['Conv2D', 'Conv2DBackpropInput', 'Conv2DBackpropFilter'];
    const functions = () => names.map((name) => tf.getKernel(name, 'wasm')?.kernelFunc);
    const stock = functions();
    await backends.startBackend('wasm');
    const own = functions();
    const rows = [];
    for (const [inputShape, filterShape, stride] of shapes) {
      log(`[${inputShape}] with [${filterShape}], stride ${stride}`);
      const best = measure({ inputShape, filterShape, stride }, [...own, ...stock]);
      rows.push({
        images: inputShape.join('×'),
        filter: filterShape.join('×'),
        stride,
        forward: best[0],
        'forward, stock': best[3],
        'input gradient': best[1],
        'input gradient, stock': best[4],
        'filter gradient': best[2],
      });
    }
    return rows;
  },
};

/** The best of alternating turns of each kernel: own, then stock; null for what stock TensorFlow.js lacks. */
function measure({ inputShape, filterShape, stride }, kernels) {
  const info = tf.backend_util.computeConv2DInfo(inputShape, filterShape, stride, 1, 'same');
  const x = tf.randomNormal(inputShape);
  const filter = tf.randomNormal(filterShape);
  const dy = tf.randomNormal(info.outShape);
  const inputs = [
    { x, filter },
    { dy, filter },
    { x, dy },
  ];
  const strides = [stride, stride];
  const attrs = { strides, pad: 'same', dilations: [1, 1], dataFormat: 'NHWC' };
  Object.assign(attrs, { inputShape, filterShape });
  const operations =
    2 * info.outHeight * info.outWidth * inputShape[0] * filterShape.reduce((a, b) => a * b);
  const backend = tf.backend();
  const times = kernels.map(() => Infinity);
  const end = performance.now() + milliseconds;
  while (performance.now() < end) {
    for (const [i, kernel] of kernels.entries()) {
      if (!kernel) continue;
      const start = performance.now();
      const result = kernel({ inputs: inputs[i % 3], attrs, backend });
      times[i] = Math.min(times[i], performance.now() - start);
      backend.disposeData(result.dataId);
    }
  }
  tf.dispose([x, filter, dy]);
  return times.map((time) =>
    time < Infinity ? Number((operations / time / 1e6).toFixed(1)) : null,
  );
}
