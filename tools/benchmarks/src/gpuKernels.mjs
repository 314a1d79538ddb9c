import * as tf from '@tensorflow/tfjs-core';
import { quantization } from './packages.mjs';

// Kernels of a graphics processor: what each computes, how many operations or values that is, and
// whether it is right. Operands are small whole numbers, so that all sums are exact, in integers
// and in floats alike.

const run = (kernel, inputs, attributes) => tf.engine().runKernel(kernel, inputs, attributes);
const codes = (shape) => tf.round(tf.randomUniform(shape, -7, 7));

/**
 * Products in float32, of integers, and of 16-bit floats where the device has them, which have to
 * agree to the bit.
 */
function productKernels(scale) {
  const size = 1024 * scale;
  const [images, side, channels] = [64 * scale, 32, 64];
  const [a, b] = [codes([size, size]), codes([size, size])];
  const inputShape = [images, side, side, channels];
  const filterShape = [3, 3, channels, channels];
  const [x, dy, filter] = [codes(inputShape), codes(inputShape), codes(filterShape)];
  const window = { strides: [1, 1], pad: 'same' };
  const factors = new Float32Array(images).fill(1);
  const norms = { ...window, filterShape, isGhost: false };
  const { integerOperations, float16Operations, gradientNormPartOperations } = quantization;
  const ofMatMul = 2 * size ** 3;
  const ofConvolution = 2 * images * side ** 2 * 9 * channels ** 2;
  const hasFloat16 = tf.getKernel(float16Operations.matMul.name, 'webgpu') !== undefined;
  const pair = (what, operations, inFloat, inIntegers) => ({
    what,
    unit: 'GFLOP/s',
    count: operations * 1e-9,
    variants: { float32: inFloat, integers: inIntegers },
  });
  const ofCodes = (what, operations, kernel, inFloat, inputs, attributes) => {
    const of = (forms) => () => run(forms[kernel].name, inputs, attributes);
    const { variants, ...rest } = pair(what, operations, inFloat, of(integerOperations));
    return {
      ...rest,
      variants: { ...variants, ...(hasFloat16 ? { float16: of(float16Operations) } : {}) },
    };
  };
  return [
    ofCodes(
      `matMul ${size}³`,
      ofMatMul,
      'matMul',
      () => tf.matMul(a, b),
      { a, b },
      { transposeB: false },
    ),
    ofCodes(
      'conv2d 3×3, 64 channels',
      ofConvolution,
      'conv2d',
      () => tf.conv2d(x, filter, 1, 'same'),
      { x, filter },
      window,
    ),
    ofCodes(
      'its input gradient',
      ofConvolution,
      'conv2dInputGradient',
      () => tf.conv2dTranspose(dy, filter, inputShape, 1, 'same'),
      { dy, filter },
      { ...window, inputShape },
    ),
    pair(
      'its weight gradient',
      ofConvolution,
      () => run('Conv2DBackpropFilter', { x, dy }, { ...window, dataFormat: 'NHWC', filterShape }),
      () =>
        run(
          integerOperations.conv2dWeightGradient.name,
          { x, dy },
          { ...window, filterShape, factors },
        ),
    ),
    pair(
      'its gradient norms',
      ofConvolution,
      () =>
        run(gradientNormPartOperations.conv2d.name, { a: x, dy }, { ...norms, areIntegers: false }),
      () =>
        run(gradientNormPartOperations.conv2d.name, { a: x, dy }, { ...norms, areIntegers: true }),
    ),
  ];
}

/** What goes over values once or twice. */
function passKernels(scale) {
  const examples = 64 * scale;
  const size = 16 * 16 * 256;
  const values = examples * size;
  const x = tf.randomNormal([examples, 16, 16, 256]);
  const attributes = {
    ...{ groups: examples, key: [1, 2], step: 1 },
    ...{ rows: new Uint32Array(examples), viewsAndDraws: new Uint32Array(examples) },
  };
  const quantizers = [
    ['luq-fp4', 'QuantizeLuqFp4', {}],
    ['int4, SAWB', 'QuantizeIntegers', { largest: 7, isSawb: true, isStochastic: false }],
    ['int8, stochastic', 'QuantizeIntegers', { largest: 127, isSawb: false, isStochastic: true }],
    [
      'fp16, stochastic',
      'QuantizeFloats',
      {
        ...{ mantissaBits: 10, smallestExponent: -14, largest: 65504 },
        ...{ isUnscaled: true, isStochastic: true },
      },
    ],
  ];
  const [gamma, beta] = [tf.ones([256]), tf.zeros([256])];
  const normalization = { groups: 32, epsilon: 1e-5 };
  const normalized = () => run('GroupNormalization', { x, gamma, beta }, normalization);
  const statistics = normalized()[1];
  const passes = [
    ...quantizers.map(([name, kernel, more]) => [
      `quantizing to ${name}`,
      () => run(kernel, { x }, { ...attributes, ...more }),
    ]),
    ['group normalization', normalized],
    [
      'its gradient',
      () => run('GroupNormalizationGradient', { x, dy: x, gamma, statistics }, normalization),
    ],
  ];
  return passes.map(([what, pass]) => ({
    what,
    unit: 'million values/s',
    count: values * 1e-6,
    variants: { '': pass },
  }));
}

/**
 * Rates of all kernels. `isRight` says whether variants of the same product agree; for what has no
 * other variant it is null: the conformance suite compares that.
 *
 * @param scale sizes as a share of those for a graphics processor
 * @param seconds that each kernel is timed for
 */
export async function* kernelRates(scale, seconds) {
  for (const makeKernels of [productKernels, passKernels]) {
    const { numTensors } = tf.memory();
    tf.engine().startScope();
    for (const { what, unit, count, variants } of makeKernels(scale)) {
      const isRight = await agree(Object.values(variants));
      for (const [variant, compute] of Object.entries(variants)) {
        const rate = Number((count / (await time(compute, seconds))).toFixed(1));
        yield { what: variant ? `${what}, ${variant}` : what, unit, rate, isRight };
      }
    }
    tf.engine().endScope();
    if (tf.memory().numTensors !== numTensors) throw new Error('a kernel left tensors behind');
  }
}

/** Seconds of one run: as many as fit are handed to the device, then waited for. */
async function time(compute, seconds) {
  const once = async (count) => {
    const start = performance.now();
    let results;
    for (let i = 0; i < count; i++) {
      if (results) tf.dispose(results);
      results = compute();
    }
    await [results].flat()[0].data();
    tf.dispose(results);
    return (performance.now() - start) / 1000;
  };
  await once(1);
  const count = Math.max(1, Math.min(500, Math.floor(seconds / (await once(1)))));
  return (await once(count)) / count;
}

/** Whether all give the same values; null where there is only one. */
async function agree(variants) {
  if (variants.length < 2) return null;
  const [expected, ...others] = await Promise.all(
    variants.map(async (compute) => {
      const result = compute();
      const values = await result.data();
      result.dispose();
      return values;
    }),
  );
  return others.every((found) => found.every((value, i) => value === expected[i]));
}
