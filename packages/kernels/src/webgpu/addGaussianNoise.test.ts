import { afterAll, afterEach, beforeAll, expect, it, jest } from '@jest/globals';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { addGaussianNoise } from '@dpquant/mechanisms';
import { ChaChaStream, fillGaussian, SeededRandom, uniform } from '@dpquant/random';
import { describeOnWebGpu } from '../testing/describeOnWebGpu.ts';
import { startWebGpu } from '../testing/startWebGpu.ts';
import type { WebGpuBackend } from './webGpuBackend.ts';

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

/** Bits of the sums with noise, and of what is drawn next, on either backend. */
async function onBoth(sums: Float32Array, deviation: number): Promise<[number[], number[]]> {
  const found: number[][] = [];
  for (const backend of ['cpu', 'webgpu']) {
    await tf.setBackend(backend);
    const tensors = tf.memory().numTensors;
    const source = new SeededRandom(sums.length, 'noise');
    const noisy = sums.slice();
    await addGaussianNoise(noisy, deviation, source);
    const next = sums.slice(0, 10);
    await addGaussianNoise(next, deviation, source);
    found.push([...bits(noisy), ...bits(next), source.uint32()]);
    expect(tf.memory().numTensors).toBe(tensors);
  }
  return found as [number[], number[]];
}

type TestedBackend = WebGpuBackend & {
  readonly bufferManager: Record<'usedBuffers' | 'freeBuffers', Map<string, GPUBuffer[]>>;
};

const backendOf = () => tf.backend() as unknown as TestedBackend;

async function wordsOf(buffer: GPUBuffer): Promise<Uint32Array> {
  const { device } = backendOf();
  const copy = device.createBuffer({
    size: buffer.size,
    usage: GPUBufferUsage.COPY_DST | GPUBufferUsage.MAP_READ,
  });
  const encoder = device.createCommandEncoder();
  encoder.copyBufferToBuffer(buffer, 0, copy, 0, buffer.size);
  device.queue.submit([encoder.finish()]);
  await copy.mapAsync(GPUMapMode.READ);
  const words = new Uint32Array(copy.getMappedRange().slice(0));
  copy.destroy();
  return words;
}

describeOnWebGpu('AddGaussianNoise on WebGPU', () => {
  beforeAll(startWebGpu);
  afterEach(() => {
    jest.restoreAllMocks();
  });
  afterAll(() => tf.setBackend('cpu'));

  it.each([0, 1e-3, 0.3, 1e4, 1e-30, 4.2e37, 1e-290, 1e290])(
    'gives the reference’s noise of standard deviation %p, to the bit',
    async (deviation) => {
      for (const count of [1, 2, 31, 33, 129, 511, 512, 513, 1000, 20_000]) {
        const [expected, found] = await onBoth(sumsOf(count), deviation);
        expect({ count, found }).toEqual({ count, found: expected });
      }
    },
  );

  it('equals the reference’s noise to 48 bits, as sums show that nearly cancel it', async () => {
    const count = 20_000;
    const cancelling = new Float32Array(count);
    await tf.setBackend('cpu');
    await addGaussianNoise(cancelling, 1, new SeededRandom(count, 'noise'));
    const [expected, found] = await onBoth(
      cancelling.map((value) => -value),
      1,
    );
    expect(expected.filter((value) => value !== 0).length).toBeGreaterThan(0.99 * count);
    expect(found).toEqual(expected);
  });

  it.each([7, 4])(
    'is the same where a dimension has %d workgroups at most, and 40 are needed',
    async (most) => {
      await tf.setBackend('webgpu');
      const { device } = backendOf();
      const usual = Object.getOwnPropertyDescriptor(device, 'limits')!;
      const limits = { maxComputeWorkgroupsPerDimension: most };
      Object.defineProperty(device, 'limits', { ...usual, value: limits });
      try {
        const [expected, found] = await onBoth(sumsOf(20_000), 0.3);
        expect(found).toEqual(expected);
      } finally {
        Object.defineProperty(device, 'limits', usual);
      }
    },
  );

  it('releases nothing where the device does nothing', async () => {
    await tf.setBackend('webgpu');
    const { device } = backendOf();
    const sums = new Float32Array(1000).fill(3);
    // Fills the backend's pool with buffers of this size: that one will be the result.
    await addGaussianNoise(sums.slice(), 0.3, random);
    const create = device.createCommandEncoder.bind(device);
    jest.spyOn(device, 'createCommandEncoder').mockImplementation(() => {
      const encoder = create();
      const begin = encoder.beginComputePass.bind(encoder);
      encoder.beginComputePass = () => {
        const pass = begin();
        pass.dispatchWorkgroups = () => undefined;
        return pass;
      };
      return encoder;
    });
    const added = addGaussianNoise(sums, 0.3, random);
    await expect(added).rejects.toThrow(/kernel of webgpu did not add the noise to value 0/);
    expect(sums).toEqual(new Float32Array(1000).fill(3));
  });

  const key = Uint32Array.from({ length: 8 }, (_, i) => 0x9e3779b9 * (i + 1));

  function sourceOfKey() {
    let place = 0;
    return { uint32: () => key[place++]! };
  }

  /** Keeps the buffers that the device makes for words of a key from being destroyed. */
  function keyBuffers(): { created: GPUBuffer[]; destroyed: GPUBuffer[] } {
    const { device } = backendOf();
    const found = { created: [] as GPUBuffer[], destroyed: [] as GPUBuffer[] };
    const create = device.createBuffer.bind(device);
    jest.spyOn(device, 'createBuffer').mockImplementation((descriptor) => {
      const buffer = create(descriptor);
      if (descriptor.size !== 32 || descriptor.mappedAtCreation !== true) return buffer;
      found.created.push(buffer);
      buffer.destroy = () => {
        found.destroyed.push(buffer);
        return undefined;
      };
      return buffer;
    });
    return found;
  }

  it.each([1, 15])(
    'overwrites the key after the work, which the backend submits after %d dispatches',
    async (batch) => {
      await tf.setBackend('webgpu');
      const usual = tf.env().getNumber('WEBGPU_DEFERRED_SUBMIT_BATCH_SIZE');
      tf.env().set('WEBGPU_DEFERRED_SUBMIT_BATCH_SIZE', batch);
      const expected = new Float64Array(100);
      fillGaussian(new ChaChaStream(key), expected, 1);
      const { created, destroyed } = keyBuffers();
      try {
        const noisy = new Float32Array(100);
        await addGaussianNoise(noisy, 1, sourceOfKey());
        expect(noisy).toEqual(Float32Array.from(expected));
        expect(created).toHaveLength(1);
        expect(destroyed).toEqual(created);
        expect(await wordsOf(created[0]!)).toEqual(new Uint32Array(8));

        // It would be found.
        jest.spyOn(backendOf().device.queue, 'writeBuffer').mockReturnValue(undefined);
        await addGaussianNoise(noisy, 1, sourceOfKey()).catch(() => undefined);
        expect(await wordsOf(created[1]!)).toEqual(key);
      } finally {
        tf.env().set('WEBGPU_DEFERRED_SUBMIT_BATCH_SIZE', usual);
      }
    },
  );

  it('overwrites the key also when the backend throws', async () => {
    await tf.setBackend('webgpu');
    const tensors = tf.memory().numTensors;
    const { created, destroyed } = keyBuffers();
    jest.spyOn(backendOf(), 'runWebGPUProgram').mockImplementation(() => {
      throw new Error('broken');
    });
    const added = addGaussianNoise(new Float32Array(100), 1, sourceOfKey());
    await expect(added).rejects.toThrow('broken');
    expect(destroyed).toEqual(created);
    expect(await wordsOf(created[0]!)).toEqual(new Uint32Array(8));
    expect(tf.memory().numTensors).toBe(tensors);
  });

  /** How often two neighbours among `words` are neighbours in a buffer of the backend that can be read. */
  async function traces(words: Uint32Array): Promise<number> {
    const follower = new Map<number, number>();
    for (let i = 0; i + 1 < words.length; i++) follower.set(words[i]!, words[i + 1]!);
    const { usedBuffers, freeBuffers } = backendOf().bufferManager;
    let count = 0;
    for (const buffer of [...usedBuffers.values(), ...freeBuffers.values()].flat()) {
      if ((buffer.usage & GPUBufferUsage.COPY_SRC) === 0) continue;
      const memory = await wordsOf(buffer);
      for (let i = 0; i + 1 < memory.length; i++) {
        if (memory[i] !== 0 && follower.get(memory[i]!) === memory[i + 1]) count++;
      }
    }
    return count;
  }

  it('leaves neither key nor words nor variates in the backend’s buffers', async () => {
    await tf.setBackend('webgpu');
    await addGaussianNoise(new Float32Array(100).fill(1), 1, sourceOfKey());
    const stream = new ChaChaStream(key);
    const words = Uint32Array.from({ length: 192 }, () => stream.uint32());
    const variates = new Float64Array(100);
    fillGaussian(new ChaChaStream(key), variates, 1);
    const found: number[] = [];
    for (const secret of [key, words, new Uint32Array(variates.buffer)]) {
      found.push(await traces(secret));
    }
    expect(found).toEqual([0, 0, 0]);
    // They would be found.
    const shown = backendOf().makeTensorInfo([8], 'int32', new Int32Array(key));
    (backendOf() as unknown as { uploadToGPU(id: object): void }).uploadToGPU(shown.dataId);
    expect(await traces(key)).toBe(7);
    backendOf().disposeData(shown.dataId);
  });
});
