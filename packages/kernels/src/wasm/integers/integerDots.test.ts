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
import { byteDots } from '../module/compiledModules.ts';
import { wasmModule, type WasmModule } from '../module/wasmModule.ts';
import type { WasmBackend } from '../module/wasmBackend.ts';
import { bitsOf, codesOf, convolutionCases, type Codes } from '../../testing/integers.ts';
import { startWasm } from '../../testing/startWasm.ts';
import { exactDots } from '../../testing/describeWithDots.ts';
import { byteProductOf, integerDots, useIntegerDots, wideDotOffset } from './integerDots.ts';

beforeAll(startWasm);
afterAll(() => tf.setBackend('cpu'));

const dots = byteDots();
const hasNarrowDots = dots?.areNarrowExact ?? false;
const hasWideDots = (dots?.wideOffset ?? null) !== null;

afterEach(() => useIntegerDots(undefined));

it('the fastest exact dots are used, and others on request', () => {
  // Which of the byte dots is one instruction is up to engine and processor, which only trying
  // shows.
  expect(hasNarrowDots).toBe(Number(process.versions.node.split('.')[0]) >= 22);
  const fastest = hasWideDots ? 'wide-bytes' : hasNarrowDots ? 'narrow-bytes' : 'int16';
  expect(integerDots()).toBe(fastest);
  for (const each of exactDots) {
    useIntegerDots(each);
    expect(integerDots()).toBe(each);
    expect(wideDotOffset()).toBe(each === 'wide-bytes' ? dots!.wideOffset : null);
  }
  useIntegerDots(undefined);
  expect(integerDots()).toBe(fastest);
});

it('dots that are not exact here are refused', () => {
  for (const each of ['narrow-bytes', 'wide-bytes'] as const) {
    if (exactDots.includes(each)) continue;
    expect(() => useIntegerDots(each)).toThrow(
      `${each} are not exact on this runtime and processor`,
    );
  }
  expect(exactDots).toContain('int16');
});

it('narrow dots are used for products of few bits, 16-bit dots for others', () => {
  if (hasNarrowDots) useIntegerDots('narrow-bytes');
  const expected = (product: object) => (hasNarrowDots ? product : null);
  expect(byteProductOf([64, 7], 24)).toEqual(expected({ steps: 18, offset: 7 }));
  expect(byteProductOf([7, 7], 24)).toEqual(expected({ steps: 167, offset: 7 }));
  expect(byteProductOf([127, 7], 24)).toEqual(expected({ steps: 9, offset: 7 }));
  // What may exceed 7 bits, overflows 16 too soon, or is short.
  const others = [undefined, [7, 64], [64, 64], [128, 1], [127, 127], [127, 8]] as const;
  expect(others.map((largest) => byteProductOf(largest, 100))).toEqual(others.map(() => null));
  expect(byteProductOf([7, 7], 23)).toBe(null);
});

const itWithWideDots = hasWideDots ? it : it.skip;
itWithWideDots('wide dots take all products', () => {
  const product = { steps: 0, offset: dots!.wideOffset };
  expect(byteProductOf(undefined, 1)).toEqual(product);
  expect(byteProductOf([127, 127], 100)).toEqual(product);
});

const paths: string[] = [];

/** Notes by which of the module's kernels a product is formed. */
function note(module: WasmModule, names: readonly (keyof WasmModule)[]): void {
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
  const module = wasmModule(tf.backend() as unknown as WasmBackend);
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
    return hasNarrowDots && length >= 24 ? `byte${name}` : `integer${name}`;
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

describe.each(operands)('narrow products of %s by %s', (first, second, largest) => {
  beforeEach(() => {
    if (hasNarrowDots) useIntegerDots('narrow-bytes');
  });

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
