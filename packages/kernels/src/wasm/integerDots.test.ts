import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  it,
  jest,
} from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import { integerOperations, matMulTerms, referenceProducts } from '@dpquant/quantization';
import { hasExactByteDots } from '../simd/compiledModules.ts';
import { simdModule, type SimdModule } from '../simd/simdModule.ts';
import type { WasmBackend } from '../simd/wasmBackend.ts';
import { bitsOf, codesOf, convolutionCases, type Codes } from '../testing/integers.ts';
import { startWasm } from '../testing/startWasm.ts';
import { byteProductOf } from './byteProducts.ts';

beforeAll(startWasm);
afterAll(() => tf.setBackend('cpu'));

const knowsRelaxedSimd = Number(process.versions.node.split('.')[0]) >= 22;

it('8-bit dots are used from Node 22 on', () => {
  expect(hasExactByteDots()).toBe(knowsRelaxedSimd);
  const expected = (product: object) => (knowsRelaxedSimd ? product : null);
  expect(byteProductOf([64, 7], 24)).toEqual(expected({ steps: 18, offset: 7 }));
  expect(byteProductOf([7, 7], 24)).toEqual(expected({ steps: 167, offset: 7 }));
  expect(byteProductOf([127, 7], 24)).toEqual(expected({ steps: 9, offset: 7 }));
});

it('what may exceed 7 bits, overflows 16 too soon, or is short, is left to 16-bit dots', () => {
  const others = [undefined, [7, 64], [64, 64], [128, 1], [127, 127], [127, 8]] as const;
  expect(others.map((largest) => byteProductOf(largest, 100))).toEqual(others.map(() => null));
  expect(byteProductOf([7, 7], 23)).toBe(null);
});

const paths: string[] = [];

/** Notes by which of the module's kernels a product is formed. */
function note(module: SimdModule, names: readonly (keyof SimdModule)[]): void {
  for (const name of names) {
    if (!(name in module)) continue;
    const kernel = module[name] as (...given: number[]) => unknown;
    jest.spyOn(module, name).mockImplementation(((...given: number[]) => {
      paths.push(name);
      return kernel(...given);
    }) as never);
  }
}

beforeEach(() => {
  paths.length = 0;
  const module = simdModule(tf.backend() as unknown as WasmBackend);
  note(module, ['byteMatMul', 'byteConv2d', 'integerMatMul', 'integerConv2d']);
});
afterEach(() => void jest.restoreAllMocks());

function run(kernel: string, inputs: tf.NamedTensorMap, attributes: object): Int32Array {
  const before = tf.memory().numTensors;
  const result = tf.engine().runKernel<tf.Tensor>(kernel, inputs, attributes as tf.NamedAttrMap);
  const bits = bitsOf(result.dataSync());
  result.dispose();
  expect(tf.memory().numTensors).toBe(before);
  return bits;
}

const tensor = (codes: Int8Array, shape: number[]) => tf.tensor(Float32Array.from(codes), shape);

/** Kinds of the first and second operand, and their largest magnitudes. */
const operands: readonly [Codes, Codes, readonly [number, number]][] = [
  ['luq-fp4', 'int4', [64, 7]],
  ['int4', 'int4', [7, 7]],
  ['largest luq-fp4', 'largest int4', [64, 7]],
  ['largest int4', 'largest int4', [7, 7]],
  ['largest', 'int4', [127, 7]],
];

const shapes = [
  [1, 1, 1],
  [5, 3, 9],
  [64, 16, 8],
  [67, 33, 17],
  [3, 72, 8],
  [130, 75, 40],
  [2, 4608, 10],
];

/** The kernels of sums of these lengths: with bounds, and without. */
function pathsOf(name: string, lengths: readonly number[]): Set<string> {
  const withBounds = lengths.map((length) => {
    return knowsRelaxedSimd && length >= 24 ? `byte${name}` : `integer${name}`;
  });
  return new Set([...withBounds, `integer${name}`]);
}

/** Bits of both paths: without bounds, 16-bit dots are used. */
function bothPaths(
  kernel: string,
  inputs: tf.NamedTensorMap,
  attributes: object,
  largest: readonly [number, number],
): Int32Array[] {
  return [run(kernel, inputs, { ...attributes, largest }), run(kernel, inputs, attributes)];
}

describe.each(operands)('products of %s by %s', (first, second, largest) => {
  it.each(shapes)('matMul of %d×%d by %d columns, plain and transposed', (m, k, n) => {
    const input = codesOf(first, m * k, 1);
    const outputGradient = codesOf(first, m * n, 3);
    const weight = codesOf(second, k * n, 2);
    const expected = referenceProducts(matMulTerms(m, k, n), 1, {
      input,
      weight,
      outputGradient,
    });
    const [a, b] = [tensor(input, [m, k]), tensor(weight, [k, n])];
    const dy = tensor(outputGradient, [m, n]);
    const output = bitsOf(expected.output);
    const gradient = bitsOf(expected.inputGradient);
    const matMul = integerOperations.matMul.name;
    expect(bothPaths(matMul, { a, b }, { transposeB: false }, largest)).toEqual([output, output]);
    expect(bothPaths(matMul, { a: dy, b }, { transposeB: true }, largest)).toEqual([
      gradient,
      gradient,
    ]);
    expect(new Set(paths)).toEqual(pathsOf('MatMul', [k, n]));
    tf.dispose([a, b, dy]);
  });

  it.each(convolutionCases(12))('conv2d $name, forward and input gradient', (test) => {
    const { inputShape, filterShape, outputShape, strides, pad, terms } = test;
    const n = inputShape[0];
    const input = codesOf(first, n * terms.inputSize, 1);
    const weight = codesOf(second, terms.weightSize, 2);
    const outputGradient = codesOf(first, n * terms.outputSize, 3);
    const expected = referenceProducts(terms, n, { input, weight, outputGradient });
    const x = tensor(input, inputShape);
    const filter = tensor(weight, filterShape);
    const dy = tensor(outputGradient, outputShape);
    const output = bitsOf(expected.output);
    const gradient = bitsOf(expected.inputGradient);
    const forward = bothPaths(
      integerOperations.conv2d.name,
      { x, filter },
      { strides, pad },
      largest,
    );
    expect(forward).toEqual([output, output]);
    const attributes = { strides, pad, inputShape };
    const conv2dInputGradient = integerOperations.conv2dInputGradient.name;
    const backward = bothPaths(conv2dInputGradient, { dy, filter }, attributes, largest);
    expect(backward).toEqual([gradient, gradient]);
    // Gradients at strides have sums of several lengths.
    if (Math.max(...strides) === 1) {
      const [filterHeight, filterWidth, channels, d] = filterShape;
      const taps = filterHeight * filterWidth;
      expect(new Set(paths)).toEqual(pathsOf('Conv2d', [taps * channels, taps * d]));
    }
    tf.dispose([x, filter, dy]);
  });
});
