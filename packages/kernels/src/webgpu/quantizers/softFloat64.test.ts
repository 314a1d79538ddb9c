import { afterAll, beforeAll, expect, it } from '@jest/globals';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { SeededRandom, uniformInteger } from '@dpquant/random';
import { describeOnWebGpu } from '../../testing/describeOnWebGpu.ts';
import { startWebGpu } from '../../testing/startWebGpu.ts';
import { float64Constant, softFloat64 } from './softFloat64.ts';
import {
  shaderProgram,
  unsigned,
  wordTensor,
  type WebGpuBackend,
  type WebGpuProgram,
} from '../webGpuBackend.ts';

const invocations = 64;

/** Evaluates a WGSL expression of two float64, `a` and `b`, element by element. */
function expressionProgram(count: number, expression: string): WebGpuProgram {
  return shaderProgram({
    variableNames: ['A', 'B'],
    uniforms: 'count : u32,',
    workgroupSize: [invocations, 1, 1],
    dispatchLayout: { x: [0] },
    outputShape: [2 * count],
    dispatch: [Math.ceil(count / invocations), 1, 1],
    shaderKey: expression,
    getUserCode: () => `
${softFloat64}

fn main(_invocation : i32) {
  let i = 2u * globalId.x;
  if (globalId.x >= uniforms.count) {
    return;
  }
  let a = bitcast<vec2<u32>>(vec2<i32>(A[i], A[i + 1u]));
  let b = bitcast<vec2<u32>>(vec2<i32>(B[i], B[i + 1u]));
  let found: vec2<u32> = ${expression};
  result[i] = bitcast<i32>(found.x);
  result[i + 1u] = bitcast<i32>(found.y);
}
`,
  });
}

/** The expression of each pair, computed on the device. */
async function onDevice(
  expression: string,
  a: Float64Array,
  b: Float64Array = a,
): Promise<Float64Array> {
  const backend = tf.backend() as unknown as WebGpuBackend;
  const inputs = [a, b].map((x) => wordTensor(backend, new Uint32Array(x.buffer)));
  const program = expressionProgram(a.length, expression);
  const info = backend.runWebGPUProgram(program, inputs, 'int32', unsigned(a.length));
  const result = tf.engine().makeTensorFromTensorInfo(info);
  const words = await result.data<'int32'>();
  result.dispose();
  for (const { dataId } of inputs) backend.disposeData(dataId);
  return new Float64Array(words.slice().buffer);
}

const random = new SeededRandom(1, 'operands');
const below = (bound: number) => uniformInteger(random, bound);

/**
 * Mantissas in [1, 2) of many kinds: few bits set, few bits not set, short ones (which make ties),
 * any.
 */
function mantissa(): number {
  const fraction = (below(2 ** 26) * 2 ** 26 + below(2 ** 26)) * 2 ** -52;
  const short = below(2 ** 27) * 2 ** -27;
  const power = 2 ** -(1 + below(52));
  switch (below(8)) {
    case 0:
      return 1;
    case 1:
      return 1 + power;
    case 2:
      return 2 - power;
    case 3:
      return 2 - 2 ** -52;
    case 4:
      return 1 + short;
    case 5:
      return 1 + Math.round(fraction / power) * power * 0.5;
    default:
      return 1 + fraction;
  }
}

const signed = (x: number) => (below(2) === 0 ? x : -x);

/** A number of magnitude near 2^±reach; a zero now and then. */
function operand(reach: number): number {
  if (below(50) === 0) return signed(0);
  return signed(mantissa() * 2 ** (below(2 * reach + 1) - reach));
}

const count = 40_000;

function pairs(make: () => [number, number]): [Float64Array, Float64Array] {
  const [a, b] = [new Float64Array(count), new Float64Array(count)];
  for (let i = 0; i < count; i++) [a[i], b[i]] = make();
  return [a, b];
}

/** One unit in the last place further from zero, or none, or nearer. */
function neighbour(x: number): number {
  return x * (1 + (below(5) - 2) * 2 ** -52);
}

/** Of the pairs, those whose result has other bits than what JavaScript computes. */
function different(
  found: Float64Array,
  expected: (a: number, b: number) => number,
  a: Float64Array,
  b: Float64Array = a,
): unknown[] {
  const wrong: unknown[] = [];
  for (let i = 0; i < a.length; i++) {
    const right = expected(a[i]!, b[i]!);
    if (!Object.is(found[i], right)) wrong.push({ a: a[i], b: b[i], found: found[i], right });
  }
  return wrong.slice(0, 5);
}

describeOnWebGpu('float64 in WGSL', () => {
  beforeAll(startWebGpu);
  afterAll(() => tf.setBackend('cpu'));

  const operations: Record<string, [string, (a: number, b: number) => number, () => number[]]> = {
    'a + b': [
      'float64Add(a, b)',
      (a, b) => a + b,
      () => {
        const a = operand(below(2) === 0 ? 2 : 40);
        return below(3) === 0 ? [a, neighbour(-a)] : [a, operand(below(2) === 0 ? 2 : 40)];
      },
    ],
    'a − b': [
      'float64Subtract(a, b)',
      (a, b) => a - b,
      () => {
        const a = operand(900);
        return [a, below(2) === 0 ? neighbour(a) : signed(a * mantissa() * 2 ** (below(120) - 60))];
      },
    ],
    'a·b': ['float64Multiply(a, b)', (a, b) => a * b, () => [operand(500), operand(500)]],
    'a/b': [
      'float64Divide(a, b)',
      (a, b) => a / b,
      () => {
        const [a, b] = [operand(200), operand(200) || 3];
        // Quotients that are short or nearly so, and near halves between two numbers.
        return below(2) === 0 ? [a, b] : [neighbour(a * b), b];
      },
    ],
    '√a': [
      'float64SquareRoot(a)',
      (a) => Math.sqrt(a),
      () => {
        const a = operand(400);
        return below(2) === 0 ? [neighbour(a * a), 0] : [a < 0 ? -a : a, 0];
      },
    ],
  };

  it.each(Object.keys(operations))('%s is correctly rounded', async (name) => {
    const [expression, expected, make] = operations[name]!;
    const [a, b] = pairs(() => make() as [number, number]);
    expect(different(await onDevice(expression, a, b), expected, a, b)).toEqual([]);
  });

  it('conversions from 32-bit integers and float32 are exact', async () => {
    const edges = [0, 1, 2, 0x7fffffff, 0x80000000, 0xffffffff, 0x800000, 0x7fffff, 0x7f7fffff];
    const words = new Uint32Array(count).map((_, i) => edges[i] ?? random.uint32() >>> below(32));
    const finite = words.map((word) => ((word & 0x7f800000) === 0x7f800000 ? 1 : word));
    const a = Float64Array.from(words);
    const f = Float64Array.from(new Float32Array(finite.buffer));
    const operand = new Float64Array(words.length);
    new Uint32Array(operand.buffer).forEach((_, i, all) => {
      all[i] = i % 2 === 0 ? words[i / 2]! : finite[(i - 1) / 2]!;
    });
    const ofU32 = await onDevice('float64OfU32(a.x)', operand);
    const ofI32 = await onDevice('float64OfI32(bitcast<i32>(a.x))', operand);
    const ofFloat32 = await onDevice('float64OfFloat32(a.y)', operand);
    expect(different(ofU32, (x) => x, a)).toEqual([]);
    expect(different(ofI32, (x) => x | 0, a)).toEqual([]);
    expect(different(ofFloat32, (x) => x, f)).toEqual([]);
  });

  it('conversions from float64 to float32 are correctly rounded, also to subnormal numbers and infinity', async () => {
    const edges = [
      ...[2 ** 128, 2 ** 128 - 2 ** 103, 2 ** 128 - 2 ** 103 - 2 ** 75, 2 ** 1000, 2 ** -1000],
      ...[2 ** -149, 2 ** -150, 2 ** -150 * (1 + 2 ** -52), 3 * 2 ** -150, 2 ** -126 - 2 ** -151],
    ];
    const [a] = pairs(() => {
      const reach = [3, 160][below(2)]!;
      const x = below(30) === 0 ? signed(edges[below(edges.length)]!) : operand(reach);
      // Near halves between two float32.
      const half = Math.fround(x) * (1 + 2 ** -24);
      return [below(2) === 0 ? x : neighbour(Number.isFinite(half) ? half : x), 0];
    });
    const found = await onDevice('vec2<u32>(0u, float32OfFloat64(a))', a);
    const words = new Uint32Array(found.buffer).filter((_, i) => i % 2 === 1);
    const float32 = Float64Array.from(new Float32Array(words.buffer));
    expect(different(float32, Math.fround, a)).toEqual([]);
  });

  it('constants have the right bits', async () => {
    const values = [0.6666666666666735, -15.093829323109876, 1, -0];
    for (const value of values) {
      const [found] = await onDevice(float64Constant(value), Float64Array.of(0));
      expect(Object.is(found, value)).toBe(true);
    }
  });
});
