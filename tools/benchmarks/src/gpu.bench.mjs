import * as tf from '@tensorflow/tfjs-core';
import { measureTraining } from './measureTraining.mjs';
import { backends } from './packages.mjs';

const size = 1024;
const values = 2 ** 22;
const seconds = 2;

/**
 * WebGPU on a graphics processor: are the kernels right there, and how fast are they and whole steps. Software that
 * stands in for one is refused, since its speed says nothing, unless DPQUANT_GPU_SOFTWARE is set, to try this out.
 */
export default {
  name: 'gpu',
  description: 'kernels and training steps on a graphics processor, by WebGPU',

  async run({ log }) {
    const { device, isSoftware, features, products } = await backends.startBackend('webgpu');
    const isTrial = process.env.DPQUANT_GPU_SOFTWARE !== undefined;
    if (isSoftware && !isTrial) {
      throw new Error(`${device}: expected a graphics processor; its speed would say nothing`);
    }
    log(
      `${device}; ${JSON.stringify(features)}; products: ${products.arithmetic} (${products.reason})`,
    );
    await backends.startBackend('webgpu', { products: 'integer' });
    const rows = [...(await kernelRows(log))];
    backends.stopBackends();
    const models = isTrial ? ['small-cnn'] : ['small-cnn', 'resnet18-256'];
    for (const model of models) {
      const variants = ['plain', '0', '100'];
      const [plain, float32, quantized] = variants.map((variant) => {
        log(`${model}, ${variant}`);
        return measureTraining(model, variant, 1, 'webgpu').imagesPerSecond;
      });
      rows.push(
        row(`${model}, not private, float32`, 'images/s', plain, true),
        row(`${model}, private, float32`, 'images/s', float32, true),
        row(`${model}, private, luq-fp4`, 'images/s', quantized, true),
      );
    }
    return rows;
  },
};

const row = (what, unit, rate, isRight) => ({ what, unit, rate, isRight });

async function kernelRows(log) {
  const codes = () => tf.round(tf.randomUniform([size, size], -64, 64));
  const [a, b] = [codes(), codes()];
  const inFloat = () => tf.matMul(a, b);
  const inIntegers = () => tf.engine().runKernel('IntegerMatMul', { a, b }, { transposeB: false });
  const operations = 2 * size ** 3;
  const x = tf.randomNormal([64, values / 64]);
  const attributes = {
    ...{ groups: 64, key: [1, 2], step: 1 },
    ...{ rows: new Uint32Array(64), viewsAndDraws: new Uint32Array(64) },
  };
  const quantize = () => tf.engine().runKernel('QuantizeLuqFp4', { x }, attributes);
  log(`products of ${size}×${size} matrices, quantizing ${values} values`);
  const isExact = await agree(inIntegers(), [a, b]);
  return [
    row('matMul, float32', 'GFLOP/s', (operations / (await time(inFloat))) * 1e-9, true),
    row('matMul, dot4I8Packed', 'G/s', (operations / (await time(inIntegers))) * 1e-9, isExact),
    row('QuantizeLuqFp4', 'million values/s', (values / (await time(quantize))) * 1e-6, true),
  ].map((each) => ({ ...each, rate: Number(each.rate.toFixed(1)) }));
}

/** Seconds of one run: as many as fit are handed to the device, then waited for. */
async function time(run) {
  const once = async (count) => {
    const start = performance.now();
    let results;
    for (let i = 0; i < count; i++) {
      if (results) tf.dispose(results);
      results = run();
    }
    await [results].flat()[0].data();
    tf.dispose(results);
    return (performance.now() - start) / 1000;
  };
  await once(1);
  const count = Math.max(1, Math.min(500, Math.floor(seconds / (await once(1)))));
  return (await once(count)) / count;
}

/** Whether every hundredth row of a product of integers is exact. */
async function agree(product, [a, b]) {
  const [found, left, right] = await Promise.all([product, a, b].map((tensor) => tensor.data()));
  product.dispose();
  for (let i = 0; i < size; i += 100) {
    for (let j = 0; j < size; j++) {
      let sum = 0;
      for (let k = 0; k < size; k++) sum += left[i * size + k] * right[k * size + j];
      if (found[i * size + j] !== sum) return false;
    }
  }
  return true;
}
