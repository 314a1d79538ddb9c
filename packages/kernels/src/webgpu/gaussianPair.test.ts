import { afterAll, beforeAll, expect, it } from '@jest/globals';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { fillGaussian, SeededRandom } from '@dpquant/random';
import { describeOnWebGpu } from '../testing/describeOnWebGpu.ts';
import { startWebGpu } from '../testing/startWebGpu.ts';
import { gaussianPair } from './gaussianPair.ts';
import { float64Words } from './softFloat64.ts';
import { unsigned, wordTensor, type WebGpuBackend, type WebGpuProgram } from './webGpuBackend.ts';

/** The float64 variates of triples of words, four words a pair. */
class PairProgram implements WebGpuProgram {
  readonly variableNames = ['Words'];
  readonly uniforms = 'pairCount : u32, low : u32, high : u32,';
  readonly workgroupSize: [number, number, number] = [64, 1, 1];
  readonly dispatchLayout = { x: [0] };
  readonly shaderKey = 'testGaussianPair';
  readonly outputShape: number[];
  readonly dispatch: [number, number, number];

  constructor(pairs: number) {
    this.outputShape = [4 * pairs];
    this.dispatch = [Math.ceil(pairs / 64), 1, 1];
  }

  getUserCode(): string {
    return `
${gaussianPair}

fn main(_invocation : i32) {
  let i = globalId.x;
  if (i >= uniforms.pairCount) {
    return;
  }
  let words = bitcast<vec3<u32>>(vec3<i32>(Words[3u * i], Words[3u * i + 1u], Words[3u * i + 2u]));
  let variates = gaussianPair(words, vec2<u32>(uniforms.low, uniforms.high));
  result[4u * i] = bitcast<i32>(variates.first.x);
  result[4u * i + 1u] = bitcast<i32>(variates.first.y);
  result[4u * i + 2u] = bitcast<i32>(variates.second.x);
  result[4u * i + 3u] = bitcast<i32>(variates.second.y);
}
`;
  }
}

async function onDevice(words: Uint32Array, deviation: number): Promise<Float64Array> {
  const backend = tf.backend() as unknown as WebGpuBackend;
  const input = wordTensor(backend, words);
  const pairs = words.length / 3;
  const info = backend.runWebGPUProgram(
    new PairProgram(pairs),
    [input],
    'int32',
    unsigned(pairs, ...float64Words(deviation)),
  );
  const result = tf.engine().makeTensorFromTensorInfo(info);
  const found = await result.data<'int32'>();
  result.dispose();
  backend.disposeData(input.dataId);
  return new Float64Array(found.slice().buffer);
}

/** The triples whose variates differ in a bit of the float64 from those of the reference. */
async function different(words: Uint32Array, deviation: number): Promise<number[][]> {
  const expected = new Float64Array((words.length / 3) * 2);
  let place = 0;
  fillGaussian({ uint32: () => words[place++]! }, expected, deviation);
  const found = await onDevice(words, deviation);
  const triples: number[][] = [];
  for (let i = 0; i < expected.length; i += 2) {
    const isEqual = [i, i + 1].every((at) => Object.is(found[at], expected[at]));
    if (!isEqual) triples.push([...words.subarray((i / 2) * 3, (i / 2) * 3 + 3)]);
  }
  return triples.slice(0, 5);
}

describeOnWebGpu('variates in WGSL are the reference’s, to the last bit of float64,', () => {
  beforeAll(startWebGpu);
  afterAll(() => tf.setBackend('cpu'));

  it('of any words', async () => {
    const random = new SeededRandom(3, 'words');
    const words = Uint32Array.from({ length: 3 * 30_000 }, () => random.uint32());
    expect(await different(words, 0.37)).toEqual([]);
  });

  it('of extreme words', async () => {
    const extremes = [
      ...[0, 1, 31, 32, 63, 64, 2 ** 29 - 1, 2 ** 29, 2 ** 30 - 1, 2 ** 30, 3 * 2 ** 29 - 1],
      ...[3 * 2 ** 29, 2 ** 31 - 1, 2 ** 31, 2 ** 31 + 2 ** 29, 7 * 2 ** 29, 2 ** 32 - 1],
      ...[0xb504f333, 0xb5000000, 0xb4ffffff, 0x5a800000, 0x5a7fffff],
    ];
    const words = extremes.flatMap((high) =>
      extremes.flatMap((low) => extremes.flatMap((angle) => [high, low, angle])),
    );
    for (const deviation of [1.7, 0]) {
      expect(await different(Uint32Array.from(words), deviation)).toEqual([]);
    }
  });
});
