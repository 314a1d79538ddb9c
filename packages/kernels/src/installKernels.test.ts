import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import '@tensorflow/tfjs-backend-cpu';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import { installKernels, ownOperations } from './installKernels.ts';

type Shape4D = [number, number, number, number];

beforeAll(async () => {
  const entry = createRequire(__filename).resolve('@tensorflow/tfjs-backend-wasm');
  setWasmPaths(join(dirname(entry), '/'));
  await tf.setBackend('wasm');
  installKernels('wasm');
});
afterAll(() => tf.setBackend('cpu'));

/** Runs a kernel on both backends on the same values. */
async function onBothBackends(
  kernel: string,
  inputs: Record<string, { values: Float32Array; shape: number[] }>,
  attributes: object,
): Promise<{ wasm: Float32Array; cpu: Float32Array; leaked: number }> {
  const results: Record<string, Float32Array> = {};
  let leaked = 0;
  for (const backend of ['wasm', 'cpu']) {
    await tf.setBackend(backend);
    const before = tf.memory().numTensors;
    const tensors = Object.fromEntries(
      Object.entries(inputs).map(([name, { values, shape }]) => [name, tf.tensor(values, shape)]),
    );
    const result = tf
      .engine()
      .runKernel<tf.Tensor>(kernel, tensors, attributes as unknown as tf.NamedAttrMap);
    results[backend] = result.dataSync<'float32'>();
    tf.dispose([result, tensors]);
    leaked += tf.memory().numTensors - before;
  }
  return { wasm: results['wasm']!, cpu: results['cpu']!, leaked };
}

function values(shape: number[], seed: number): { values: Float32Array; shape: number[] } {
  const size = tf.util.sizeFromShape(shape);
  // Small whole numbers: sums are exact, so both backends must agree to the bit.
  return {
    values: Float32Array.from({ length: size }, (_, i) => ((i * 7919 + seed * 104729) % 23) - 11),
    shape,
  };
}

const geometries: {
  inputShape: Shape4D;
  filterShape: Shape4D;
  strides: [number, number];
  pad: 'same' | 'valid';
}[] = [];
for (const pad of ['same', 'valid'] as const) {
  for (const strides of [
    [1, 1],
    [2, 2],
    [3, 2],
  ] as [number, number][]) {
    for (const [height, width] of [
      [7, 8],
      [8, 7],
      [5, 5],
    ] as const) {
      for (const [filterHeight, filterWidth] of [
        [3, 3],
        [4, 2],
        [1, 1],
      ] as const) {
        geometries.push({
          inputShape: [2, height, width, 3],
          filterShape: [filterHeight, filterWidth, 3, 4],
          strides,
          pad,
        });
      }
    }
  }
}

describe.each(geometries)(
  'convolution gradients of $inputShape with $filterShape, strides $strides, $pad',
  ({ inputShape, filterShape, strides, pad }) => {
    const info = tf.backend_util.computeConv2DInfo(inputShape, filterShape, strides, 1, pad);
    const attributes = { strides, pad, dataFormat: 'NHWC' };

    it('equal the cpu backend', async () => {
      const dy = values(info.outShape, 1);
      const filterGradient = await onBothBackends(
        'Conv2DBackpropFilter',
        { x: values(inputShape, 2), dy },
        { ...attributes, filterShape },
      );
      expect(filterGradient.wasm).toEqual(filterGradient.cpu);
      const inputGradient = await onBothBackends(
        'Conv2DBackpropInput',
        { dy, filter: values(filterShape, 3) },
        { ...attributes, inputShape },
      );
      expect(inputGradient.wasm).toEqual(inputGradient.cpu);
      expect(filterGradient.leaked + inputGradient.leaked).toBe(0);
    });
  },
);

describe.each(geometries)(
  'depthwise convolution gradients of $inputShape with $filterShape, strides $strides, $pad',
  ({ inputShape, filterShape, strides, pad }) => {
    const filter = [...filterShape.slice(0, 3), 2] as Shape4D;
    const [stride] = strides;
    // Equal strides only, as everywhere in depthwise convolutions of TensorFlow.js.
    const attributes = { strides: [stride, stride], pad, dilations: [1, 1] };

    it('equal the cpu backend', async () => {
      const info = tf.backend_util.computeConv2DInfo(
        inputShape,
        filter,
        stride,
        1,
        pad,
        undefined,
        true,
      );
      const dy = values(info.outShape, 1);
      const filterGradient = await onBothBackends(
        'DepthwiseConv2dNativeBackpropFilter',
        { x: values(inputShape, 2), dy },
        { ...attributes, filterShape: filter },
      );
      expect(filterGradient.wasm).toEqual(filterGradient.cpu);
      const inputGradient = await onBothBackends(
        'DepthwiseConv2dNativeBackpropInput',
        { dy, filter: values(filter, 3) },
        { ...attributes, inputShape },
      );
      expect(inputGradient.wasm).toEqual(inputGradient.cpu);
      expect(filterGradient.leaked + inputGradient.leaked).toBe(0);
    });
  },
);

describe.each([
  [
    [5, 7],
    [7, 3],
  ],
  [
    [1, 6, 4],
    [1, 4, 9],
  ],
  [
    [3, 6, 4],
    [3, 4, 2],
  ],
  [
    [1, 5, 4],
    [3, 4, 2],
  ],
])('BatchMatMul of %j and %j', (first, second) => {
  it.each([
    [false, false],
    [true, false],
    [false, true],
    [true, true],
  ])('equals the cpu backend, transposed %s and %s', async (transposeA, transposeB) => {
    const turned = (shape: number[], isTurned: boolean) =>
      isTurned ? [...shape.slice(0, -2), shape.at(-1)!, shape.at(-2)!] : shape;
    const { wasm, cpu, leaked } = await onBothBackends(
      'BatchMatMul',
      { a: values(turned(first, transposeA), 1), b: values(turned(second, transposeB), 2) },
      { transposeA, transposeB },
    );
    expect(wasm).toEqual(cpu);
    expect(leaked).toBe(0);
  });
});

it('UnsortedSegmentSum equals the cpu backend, without out-of-range segments', async () => {
  const segmentIds = { values: Float32Array.of(0, 3, 3, 1, 0, -1, 9), shape: [7] };
  for (const shape of [[7], [7, 3], [7, 2, 2]]) {
    const { wasm, cpu, leaked } = await onBothBackends(
      'UnsortedSegmentSum',
      { x: values(shape, 1), segmentIds },
      { numSegments: 5 },
    );
    expect(wasm).toEqual(cpu);
    expect(leaked).toBe(0);
  }
});

describe('MaxPoolGrad', () => {
  it.each([
    [[2, 6, 7, 3], 2, 2, 'valid'],
    [[2, 6, 7, 3], 3, 1, 'same'],
    [[1, 5, 5, 2], 2, 1, 'valid'],
  ] as const)(
    'equals the cpu backend on %j, window %d, stride %d, %s',
    async (shape, size, strides, pad) => {
      const info = tf.backend_util.computePool2DInfo([...shape], size, strides, 1, pad);
      // Negative values throughout, with many ties: the stock kernel fails on both.
      const input = values([...shape], 1);
      input.values = input.values.map((value) => Math.floor(value / 4) - 20);
      const { wasm, cpu, leaked } = await onBothBackends(
        'MaxPoolGrad',
        { dy: values(info.outShape, 2), input, output: values(info.outShape, 3) },
        { filterSize: size, strides, pad },
      );
      expect(wasm).toEqual(cpu);
      expect(leaked).toBe(0);
    },
  );
});

it('can be called twice, and installs nothing for a backend without kernels here', () => {
  expect(installKernels('wasm')).toEqual(installKernels('wasm'));
  expect(installKernels('wasm')).toContain('Conv2DBackpropFilter');
  expect(installKernels('cpu')).toEqual([]);
});

describe('ownOperations', () => {
  it('are those that TensorFlow.js lacks, for one backend or all', () => {
    const stock = new Set<unknown>(Object.values(tf));
    const namesOf = (backend?: string) => ownOperations(backend).map(({ name }) => name);
    expect(namesOf().filter((name) => stock.has(name))).toEqual([]);
    const ofWasm = namesOf('wasm');
    expect(ofWasm).toEqual(expect.arrayContaining(['AddGridNoise', 'GroupNormalization']));
    const installed = installKernels('wasm');
    expect(installed.filter((name) => !stock.has(name)).sort()).toEqual([...ofWasm].sort());
    expect(namesOf('cpu')).toEqual([]);
    const union = new Set([...ofWasm, ...namesOf('webgpu')]);
    expect(new Set(namesOf())).toEqual(union);
  });
});
