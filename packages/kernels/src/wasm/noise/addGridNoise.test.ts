import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { addGridNoise, noiseOperations } from '@dpquant/mechanisms';
import { backendNamed } from '@dpquant/operations';
import {
  chacha20Block,
  ChaChaStream,
  fillGridNoise,
  gridPairOfWords,
  SeededRandom,
  uniform,
} from '@dpquant/random';
import { instantiate, wasmModule } from '../module/wasmModule.ts';
import { memoryOf, type WasmBackend } from '../module/wasmBackend.ts';
import { startWasm } from '../../testing/startWasm.ts';

beforeAll(startWasm);
afterAll(() => tf.setBackend('cpu'));

const counts = [0, 1, 2, 3, 4, 5, 7, 8, 9, 31, 127, 128, 129, 131, 257];
const random = new SeededRandom(1, 'sums');

/** Sums of many magnitudes, beyond an int32 too. */
const sumsOf = (count: number) =>
  Float64Array.from({ length: count }, (_, i) =>
    Math.floor((uniform(random) - 0.5) * 2 ** (8 * (1 + (i % 6)))),
  );

const deviations = [16, 1024, 1.3 * 2 ** 20, 2 ** 26 - 1, 2 ** 32];

describe.each(deviations)('noise of standard deviation %p', (deviation) => {
  it.each([...counts, 16_383, 16_384, 16_385, 33_001])(
    'in %d values is the reference’s, to the bit, and so is what is drawn next',
    async (count) => {
      const sums = sumsOf(count);
      const found: number[][] = [];
      for (const backend of ['cpu', 'wasm']) {
        await tf.setBackend(backend);
        const tensors = tf.memory().numTensors;
        const source = new SeededRandom(count, 'noise');
        const noisy = sums.slice();
        await addGridNoise(noisy, deviation, source);
        const next = sums.slice(0, 10);
        await addGridNoise(next, deviation, source);
        found.push([...noisy, ...next, source.uint32()]);
        expect(tf.memory().numTensors).toBe(tensors);
      }
      expect(found[1]).toEqual(found[0]);
    },
  );
});

it('equals the reference in 400,000 values, a hundred of which need a further block for the radius', async () => {
  const count = 400_000;
  const key = Uint32Array.from({ length: 8 }, (_, i) => i * 77);
  const expected = new Float64Array(count);
  fillGridNoise(key, 2 ** 20, expected);
  await tf.setBackend('wasm');
  const found = new Float64Array(count);
  let place = 0;
  await addGridNoise(found, 2 ** 20, { uint32: () => key[place++]! });
  expect(found).toEqual(expected);
});

/** What the kernel makes of words, added to zeros. */
function noiseOfWords(words: Uint32Array, key: Uint32Array, cellDeviation: number, shift: number) {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 65536 });
  const count = words.length / 4;
  new Uint32Array(memory.buffer, 1024, words.length).set(words);
  new Uint32Array(memory.buffer, 512, 8).set(key);
  const kernels = instantiate(memory);
  kernels.addGridNoiseOfWords(1024, 4096, 8192, count, cellDeviation, shift, 512, 0, 16_384);
  return new Int32Array(memory.buffer, 8192, count).slice();
}

/** A number of words, each extreme. */
function extremeWords(seed: number, count: number): Uint32Array {
  const extremes = [
    ...[0, 1, 31, 32, 63, 64, 2 ** 19 - 1, 2 ** 19, 2 ** 29 - 1, 2 ** 29, 2 ** 30 - 1, 2 ** 30],
    ...[3 * 2 ** 29, 2 ** 31 - 1, 2 ** 31, 2 ** 31 + 2 ** 29, 7 * 2 ** 29, 2 ** 32 - 1],
    ...[0xb504f333, 0xb5000000, 0xb4ffffff, 0x5a800000, 0x5a7fffff, 0xffff0000, 0x0000ffff],
    ...[0x1fffff, 0x200000, 1023, 1024, 0xfffffc00],
  ];
  const drawn = new SeededRandom(seed, 'extremes');
  return Uint32Array.from({ length: count }, () => extremes[drawn.uint32() % extremes.length]!);
}

describe('extreme words', () => {
  it.each([
    [1000.5, 0],
    [512, 1],
    [1023.9, 16],
  ])("give the reference's noise of %p cells, %p bits each, to the bit", (cells, shift) => {
    const key = Uint32Array.from({ length: 8 }, (_, i) => 5 + i);
    const pair = new Float64Array(2);
    const scale = { cellDeviation: cells, shift, cellSize: 2 ** shift };
    for (let seed = 0; seed < 300; seed++) {
      const words = extremeWords(seed, 256);
      const found = noiseOfWords(words, key, cells, shift);
      const expected: number[] = [];
      for (let i = 0; i < 32; i++) {
        const own = words.subarray(8 * i, 8 * i + 8);
        gridPairOfWords(own, 0, () => zerosBehind(key, i), scale, pair);
        expected.push(...pair);
      }
      expect([...found]).toEqual(expected);
    }
  });
});

/** Leading zeros of the block that continues the radius of a pair. */
function zerosBehind(key: Uint32Array, pair: number): number {
  const block = new Uint32Array(16);
  chacha20Block(key, pair, Uint32Array.of(0, 1, 0), block);
  const bits = [...block].map((word) => word.toString(2).padStart(32, '0')).join('');
  return bits.indexOf('1');
}

describe('the variates', () => {
  const n = 400_000;
  let z: Float64Array;
  beforeAll(async () => {
    await tf.setBackend('wasm');
    z = new Float64Array(n);
    await addGridNoise(z, 2 ** 20, new SeededRandom(7, 'test'));
    for (let i = 0; i < n; i++) z[i] = z[i]! / 2 ** 20;
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

  /** The words of the noise and, as words, its values, also as float64. */
  function noiseOf(count: number): Uint32Array[] {
    const stream = new ChaChaStream(key);
    const words = Uint32Array.from({ length: 512 }, () => stream.uint32());
    const noise = new Float64Array(count);
    fillGridNoise(key, 2 ** 20, noise);
    return [words, new Uint32Array(noise.buffer), new Uint32Array(Int32Array.from(noise))];
  }

  beforeAll(() => tf.setBackend('wasm'));

  it('are not left in the memory', async () => {
    await addGridNoise(new Float64Array(100).fill(12_345_678), 2 ** 20, sourceOfKey());
    expect([key, ...noiseOf(100)].map(traces)).toEqual([0, 0, 0, 0]);
    // Checks that the search finds what is there.
    const shown = tf.tensor1d(new Int32Array(key), 'int32');
    expect(traces(key)).toBe(7);
    shown.dispose();
  });

  it('are not left in the memory when it is exhausted', async () => {
    const { wasm } = backendOf();
    const scratchBytes = wasmModule(backendOf()).addGridNoiseScratch();
    const allocate = wasm._malloc.bind(wasm);
    let found = 0;
    const spy = jest.spyOn(wasm, '_malloc').mockImplementation((bytes) => {
      if (bytes !== scratchBytes) return allocate(bytes);
      found = traces(key);
      return 0;
    });
    const sums = new Float64Array(100).fill(1);
    try {
      const added = addGridNoise(sums, 2 ** 20, sourceOfKey());
      await expect(added).rejects.toThrow(/no 2816 bytes left/);
    } finally {
      spy.mockRestore();
    }
    expect(found).toBe(7);
    expect(traces(key)).toBe(0);
    expect(sums.every((sum) => sum === 1)).toBe(true);
  });

  it("are overwritten in a kernel's arguments, also when it throws", async () => {
    let given = new Uint32Array();
    let seen: number[] = [];
    await tf.setBackend('cpu');
    const config = noiseOperations.grid.on(backendNamed('cpu'), (_backend, _inputs, attributes) => {
      given = attributes.key as Uint32Array<ArrayBuffer>;
      seen = [...given];
      throw new Error('broken');
    });
    tf.registerKernel(config);
    const tensors = tf.memory().numTensors;
    try {
      const added = addGridNoise(new Float64Array(3), 2 ** 20, sourceOfKey());
      await expect(added).rejects.toThrow('broken');
    } finally {
      tf.unregisterKernel(noiseOperations.grid.name, 'cpu');
    }
    expect(seen).toEqual([...key]);
    expect([...given]).toEqual(new Array(8).fill(0));
    expect(tf.memory().numTensors).toBe(tensors);
  });
});
