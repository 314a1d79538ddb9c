import * as tf from '@tensorflow/tfjs-core';
import { measureSideBySide } from './measure.mjs';

const examples = 64;
const size = 4096;
const count = examples * size;

/** The plain references, and the same composed of TensorFlow.js ops: what kernels are to beat. */
export default {
  name: 'quantization',
  description:
    'million values/s of the casts and of the tensor quantizers of @dpquant/quantization',

  async run({ log }) {
    const { quantization, random, backends } = await loadPackages();
    const { layerArithmetic, numberFormat, formatNames, isBlockFormat } = quantization;
    const backend = await backends.startBackend('auto');
    log(
      `backend ${backend.name}; ${examples} examples of ${size} normal values, median of 7 turns`,
    );
    const values = new Float32Array(count);
    random.fillGaussian(new random.SeededRandom(1, 'benchmark'), values);
    const x = tf.tensor(values, [examples, size]);
    const keys = {
      rows: Uint32Array.from({ length: examples }, (_, i) => i),
      views: new Uint32Array(examples),
    };
    const rounding = { key: random.philoxKeyFromSeed(1), step: 0, draw: 0 };

    const casts = formatNames()
      .map(numberFormat)
      .filter((format) => !isBlockFormat(format))
      .map((format) => ({
        name: `encode, ${format.name}`,
        operations: count,
        run: () => {
          for (let i = 0; i < count; i++) format.encode(values[i]);
        },
      }));
    const ofTensors = (name, operand) => {
      const quantizer = layerArithmetic(name)[operand];
      return {
        name: `tensor, ${name} ${operand === 'activations' ? 'to nearest' : 'stochastic'}`,
        operations: count,
        run: () => quantizer.quantize(x, rounding, keys).codes.dispose(),
      };
    };
    const composed = (name, quantize) => ({
      name: `composed of ops, ${name}`,
      operations: count,
      run: () => tf.tidy(() => quantize(x).dataSync()),
    });
    const subjects = [
      ...casts,
      ofTensors('luq-fp4', 'outputGradients'),
      composed('luq-fp4 stochastic', composedLuqFp4),
      ofTensors('int8', 'activations'),
      composed('int8 to nearest', composedInt8),
      ofTensors('fp8-e4m3', 'activations'),
      composed('fp8-e4m3 to nearest', composedE4M3),
      ofTensors('mxfp4', 'activations'),
      ofTensors('nvfp4', 'outputGradients'),
    ];
    const results = await measureSideBySide(subjects, { turns: 7 });
    return results.map(({ name, nanoseconds }, i) => {
      const beside = name.startsWith('composed') ? results[i - 1] : undefined;
      return {
        what: name,
        'million values/s': Number((1000 / nanoseconds).toFixed(1)),
        'reference is faster': beside
          ? Number((nanoseconds / beside.nanoseconds).toFixed(2))
          : null,
      };
    });
  },
};

function scaleOf(x, largest) {
  return tf.div(tf.max(tf.abs(x), 1, true), largest);
}

function composedLuqFp4(x) {
  const r = tf.minimum(tf.abs(tf.div(x, scaleOf(x, 64))), 64);
  const uniform = tf.randomUniform(x.shape);
  const low = tf.pow(2, tf.floor(tf.div(tf.log(tf.maximum(r, 1)), Math.LN2)));
  const above = tf.mul(
    low,
    tf.add(1, tf.cast(tf.less(uniform, tf.sub(tf.div(r, low), 1)), 'float32')),
  );
  const below = tf.cast(tf.less(uniform, r), 'float32');
  return tf.mul(tf.sign(x), tf.where(tf.less(r, 1), below, above));
}

function composedInt8(x) {
  return tf.round(tf.div(x, scaleOf(x, 127)));
}

function composedE4M3(x) {
  const r = tf.div(x, scaleOf(x, 448));
  const exponent = tf.floor(tf.div(tf.log(tf.maximum(tf.abs(r), 2 ** -6)), Math.LN2));
  const spacing = tf.pow(2, tf.sub(exponent, 3));
  return tf.clipByValue(tf.mul(tf.round(tf.div(r, spacing)), spacing), -448, 448);
}

async function loadPackages() {
  try {
    return {
      quantization: await import('@dpquant/quantization'),
      random: await import('@dpquant/random'),
      backends: await import('@dpquant/backends'),
    };
  } catch (cause) {
    throw new Error('the packages are not built: run `npm run build` first', { cause });
  }
}
