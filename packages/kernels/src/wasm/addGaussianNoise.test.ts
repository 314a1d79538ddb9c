import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { addGaussianNoise, noiseOperations } from '@dpquant/mechanisms';
import { backendNamed } from '@dpquant/operations';
import { ChaChaStream, fillGaussian, SeededRandom, uniform } from '@dpquant/random';
import { instantiate, simdModule } from '../simd/simdModule.ts';
import { memoryOf, type WasmBackend } from '../simd/wasmBackend.ts';
import { startWasm } from '../testing/startWasm.ts';

beforeAll(startWasm);
afterAll(() => tf.setBackend('cpu'));

const random = new SeededRandom(1, 'sums');

/** Sums of many magnitudes, some of them not finite. */
function sumsOf(count: number): Float32Array {
  const special = [0, -0, 1e-45, -1e-40, 3e38, -3e38, Infinity, -Infinity, NaN, 1e9];
  return Float32Array.from({ length: count }, (_, i) =>
    i % 11 === 10
      ? special[((i / 11) % special.length) | 0]!
      : (uniform(random) - 0.5) * 8 ** (i % 5),
  );
}

const bits = (values: Float32Array) => [...new Int32Array(values.slice().buffer)];

describe.each([0, 1e-30, 0.37, 1, 4.2e37])('noise of standard deviation %p', (deviation) => {
  it.each([0, 1, 2, 3, 4, 5, 7, 8, 9, 31, 127, 128, 129, 131, 257, 16_383, 16_384, 16_385, 33_001])(
    'in %d values is the reference’s, to the bit, and so is what is drawn next',
    async (count) => {
      const sums = sumsOf(count);
      const found: number[][] = [];
      for (const backend of ['cpu', 'wasm']) {
        await tf.setBackend(backend);
        const tensors = tf.memory().numTensors;
        const source = new SeededRandom(count, 'noise');
        const noisy = sums.slice();
        await addGaussianNoise(noisy, deviation, source);
        const next = sums.slice(0, 10);
        await addGaussianNoise(next, deviation, source);
        found.push([...bits(noisy), ...bits(next), source.uint32()]);
        expect(tf.memory().numTensors).toBe(tensors);
      }
      expect(found[1]).toEqual(found[0]);
    },
  );
});

it('equals the reference’s noise to 48 bits, as sums show that nearly cancel it', async () => {
  const count = 200_000;
  const found: number[][] = [];
  const cancelling = new Float32Array(count);
  await tf.setBackend('cpu');
  await addGaussianNoise(cancelling, 1, new SeededRandom(5, 'noise'));
  for (let i = 0; i < count; i++) cancelling[i] = -cancelling[i]!;
  for (const backend of ['cpu', 'wasm']) {
    await tf.setBackend(backend);
    const rest = cancelling.slice();
    await addGaussianNoise(rest, 1, new SeededRandom(5, 'noise'));
    found.push(bits(rest));
  }
  expect(found[0]!.filter((value) => value !== 0).length).toBeGreaterThan(0.99 * count);
  expect(found[1]).toEqual(found[0]);
});

/** What the kernel makes of words, added to zeros. */
function variatesOf(words: Uint32Array, deviation: number): Float32Array {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 65536 });
  const count = (words.length / 3) * 2;
  new Uint32Array(memory.buffer, 1024, words.length).set(words);
  instantiate(memory).addGaussianOfWords(1024, 4096, 8192, count, deviation, 16_384);
  return new Float32Array(memory.buffer, 8192, count).slice();
}

describe('extreme words', () => {
  const extremes = [
    ...[0, 1, 31, 32, 63, 64, 2 ** 29 - 1, 2 ** 29, 2 ** 30 - 1, 2 ** 30, 3 * 2 ** 29 - 1],
    ...[3 * 2 ** 29, 2 ** 31 - 1, 2 ** 31, 2 ** 31 + 2 ** 29, 7 * 2 ** 29, 2 ** 32 - 1],
    ...[0xb504f333, 0xb5000000, 0xb4ffffff, 0x5a800000, 0x5a7fffff],
  ];

  it('give the reference’s variates, to the bit', () => {
    const pairs = extremes.flatMap((high) =>
      extremes.flatMap((low) => extremes.map((angle) => [high, low, angle])),
    );
    const different: number[][] = [];
    for (let first = 0; first < pairs.length; first += 64) {
      const own = Array.from({ length: 64 }, (_, i) => pairs[(first + i) % pairs.length]!);
      const words = Uint32Array.from(own.flat());
      const expected = new Float64Array(128);
      let place = 0;
      fillGaussian({ uint32: () => words[place++]! }, expected, 1.7);
      const found = variatesOf(words, 1.7);
      own.forEach((pair, i) => {
        const isEqual = [2 * i, 2 * i + 1].every((at) => found[at] === Math.fround(expected[at]!));
        if (!isEqual) different.push(pair);
      });
    }
    expect(different).toEqual([]);
  });

  it('reach beyond 8.5 standard deviations, and never infinity', () => {
    const [farthest] = variatesOf(new Uint32Array(12), 1);
    expect(farthest).toBeGreaterThan(8.5);
    expect(farthest).toBeLessThan(8.7);
    const nearest = variatesOf(new Uint32Array(12).fill(0xffffffff), 1);
    expect(nearest.every((x) => Math.abs(x) < 1e-7)).toBe(true);
  });
});

describe('the variates', () => {
  const n = 400_000;
  let z: Float32Array;
  beforeAll(async () => {
    await tf.setBackend('wasm');
    z = new Float32Array(n);
    await addGaussianNoise(z, 1, new SeededRandom(7, 'test'));
  });
  const mean = (f: (value: number, i: number) => number) => {
    let sum = 0;
    for (let i = 0; i < n; i++) sum += f(z[i]!, i);
    return sum / n;
  };

  it('have the moments of a normal distribution', () => {
    // Five standard errors each: the moments' variances are 1, 2, 15 and 96.
    const bound = (variance: number) => 5 * Math.sqrt(variance / n);
    expect(Math.abs(mean((x) => x))).toBeLessThan(bound(1));
    expect(Math.abs(mean((x) => x * x) - 1)).toBeLessThan(bound(2));
    expect(Math.abs(mean((x) => x ** 3))).toBeLessThan(bound(15));
    expect(Math.abs(mean((x) => x ** 4) - 3)).toBeLessThan(bound(96));
  });

  it.each([1, 2, 3, 128, 16_384])('are not correlated at distance %d', (lag) => {
    expect(Math.abs(mean((x, i) => x * (z[i + lag] ?? 0)))).toBeLessThan(5 / Math.sqrt(n));
  });

  it('have the right mass in the tails', () => {
    // P(|z| > 3) = 0.0026998
    const p = 0.0026998;
    const share = mean((x) => (Math.abs(x) > 3 ? 1 : 0));
    expect(Math.abs(share - p)).toBeLessThan(5 * Math.sqrt(p / n));
  });
});

describe('secrets', () => {
  const key = Uint32Array.from({ length: 8 }, (_, i) => 0x9e3779b9 * (i + 1));
  const backendOf = () => tf.backend() as unknown as WasmBackend;

  function sourceOfKey() {
    let place = 0;
    return { uint32: () => key[place++]! };
  }

  /** How often two neighbours among `words` are neighbours in the backend's memory. */
  function traces(words: Uint32Array): number {
    const follower = new Map<number, number>();
    for (let i = 0; i + 1 < words.length; i++) follower.set(words[i]!, words[i + 1]!);
    const memory = new Uint32Array(memoryOf(backendOf()).buffer);
    let count = 0;
    for (let i = 0; i + 1 < memory.length; i++) {
      if (memory[i] !== 0 && follower.get(memory[i]!) === memory[i + 1]) count++;
    }
    return count;
  }

  /** The words of the noise and, as words, its float64 variates. */
  function noiseOf(count: number): Uint32Array[] {
    const stream = new ChaChaStream(key);
    const words = Uint32Array.from({ length: 192 }, () => stream.uint32());
    const variates = new Float64Array(count);
    fillGaussian(new ChaChaStream(key), variates, 1);
    return [words, new Uint32Array(variates.buffer)];
  }

  beforeAll(() => tf.setBackend('wasm'));

  it('are not left in the memory', async () => {
    await addGaussianNoise(new Float32Array(100).fill(1), 1, sourceOfKey());
    expect([key, ...noiseOf(100)].map(traces)).toEqual([0, 0, 0]);
    // They would be found.
    const shown = tf.tensor1d(new Int32Array(key), 'int32');
    expect(traces(key)).toBe(7);
    shown.dispose();
  });

  it('are not left in the memory when there is too little of it', async () => {
    const { wasm } = backendOf();
    const scratchBytes = simdModule(backendOf()).addGaussianNoiseScratch();
    const allocate = wasm._malloc.bind(wasm);
    let found = 0;
    const spy = jest.spyOn(wasm, '_malloc').mockImplementation((bytes) => {
      if (bytes !== scratchBytes) return allocate(bytes);
      found = traces(key);
      return 0;
    });
    const sums = new Float32Array(100).fill(1);
    try {
      const added = addGaussianNoise(sums, 1, sourceOfKey());
      await expect(added).rejects.toThrow(/no 1792 bytes left/);
    } finally {
      spy.mockRestore();
    }
    expect(found).toBe(7);
    expect(traces(key)).toBe(0);
    expect(sums.every((sum) => sum === 1)).toBe(true);
  });

  it('are overwritten in what a kernel was given, also when it throws', async () => {
    let given = new Uint32Array();
    let seen: number[] = [];
    await tf.setBackend('cpu');
    const config = noiseOperations.gaussian.on(
      backendNamed('cpu'),
      (_backend, _inputs, attributes) => {
        given = attributes.key as Uint32Array<ArrayBuffer>;
        seen = [...given];
        throw new Error('broken');
      },
    );
    tf.registerKernel(config);
    const tensors = tf.memory().numTensors;
    try {
      const added = addGaussianNoise(new Float32Array(3), 1, sourceOfKey());
      await expect(added).rejects.toThrow('broken');
    } finally {
      tf.unregisterKernel(noiseOperations.gaussian.name, 'cpu');
    }
    expect(seen).toEqual([...key]);
    expect([...given]).toEqual(new Array(8).fill(0));
    expect(tf.memory().numTensors).toBe(tensors);
  });
});
