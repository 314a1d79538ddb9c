import { afterEach, describe, expect, it } from '@jest/globals';
import { SeededRandom, fillGaussian } from '@dpquant/random';
import { backendOf, sharedBackend } from '../../testing/bareBackend.ts';
import { byteDots } from '../module/compiledModules.ts';
import { runCalls, type WasmCall } from '../module/runCalls.ts';
import { wasmModule } from '../module/wasmModule.ts';
import { startThreads, threadCount } from './threadPool.ts';
import { memoryOf } from '../module/wasmBackend.ts';

let backend = sharedBackend();

/** Ends the threads of a test. */
let stopThreads: () => void = () => undefined;

afterEach(() => {
  stopThreads();
  backend = sharedBackend();
});

const numbers = new Float32Array(60_000);
fillGaussian(new SeededRandom(1, 'operands'), numbers);

type Shape = readonly [count: number, m: number, n: number, k: number];

/** `count` products of matrices m×k and k×n, from the same numbers each time. */
function products([count, m, n, k]: Shape): Float32Array {
  const [aSize, bSize, cSize] = [m * k, k * n, m * n];
  const operands = numbers.subarray(0, count * (aSize + bSize));
  const start = backend.wasm._malloc((operands.length + count * cSize) * 4);
  new Float32Array(memoryOf(backend).buffer, start, operands.length).set(operands);
  const target = start + operands.length * 4;
  const calls = Array.from({ length: count }, (_, i): WasmCall<'matMul'> => {
    const a = start + i * (aSize + bSize) * 4;
    return [a, k, 1, a + aSize * 4, n, 1, target + i * cSize * 4, m, n, k];
  });
  runCalls(backend, 'matMul', calls, wasmModule(backend).matMulScratch(n, k));
  // Taken anew: scratch may have grown the memory.
  return new Float32Array(memoryOf(backend).buffer, target, count * cSize).slice();
}

describe.each([2, 3, 5])('%d threads', (threads) => {
  it('give the results of one thread, to the bit, batch after batch', async () => {
    const shapes: Shape[] = [
      [1, 3, 4, 5],
      [2, 3, 4, 5],
      [100, 1, 1, 1],
      [37, 9, 17, 33],
      [4, 32, 24, 250],
    ];
    const expected = shapes.map(products);
    stopThreads = await startThreads(backend, threads);
    expect(threadCount(backend)).toBe(threads);
    const isSame = (shape: Shape, i: number) =>
      Buffer.from(products(shape).buffer).equals(Buffer.from(expected[i]!.buffer));
    const rounds = Array.from({ length: 50 }, () => shapes.every(isSame));
    expect(rounds).not.toContain(false);
  });

  it('have the kernels of 8-bit dots if the first has them', async () => {
    if (!byteDots()) {
      expect(wasmModule(backend)).not.toHaveProperty('byteMatMul');
      return;
    }
    const [m, k, n] = [640, 75, 8];
    const module = wasmModule(backend);
    const at = (bytes: number) => backend.wasm._malloc(bytes);
    const [a, b, c] = [at(m * k * 4), at(k * n * 4), at(m * n * 4)];
    const [packed, scales] = [at(Math.ceil(k / 4) * 32), at(m * 4)];
    const packScratch = at(module.packByteColumnsScratch(k));
    const { buffer } = memoryOf(backend);
    new Float32Array(buffer, a, m * k).forEach((_, i, all) => (all[i] = ((i * 37) % 129) - 64));
    new Float32Array(buffer, b, k * n).forEach((_, i, all) => (all[i] = ((i * 11) % 15) - 7));
    new Float32Array(buffer, scales, m).fill(1);
    module.packByteColumns(b, k, n, 1, 1, 0, 1, 0, n, packed, 7, packScratch);
    const rows = 4;
    const calls = Array.from({ length: m / rows }, (_, i): WasmCall<'byteMatMul'> => {
      const first = i * rows;
      return [a + first * k * 4, rows, k, packed, n, scales, c + first * n * 4, 18, 7];
    });
    const product = () => {
      new Uint8Array(memoryOf(backend).buffer, c, m * n * 4).fill(255);
      runCalls(backend, 'byteMatMul', calls, module.byteMatMulScratch(k));
      return new Float32Array(memoryOf(backend).buffer, c, m * n).slice();
    };
    const expected = product();
    expect(expected).not.toContain(NaN);
    stopThreads = await startThreads(backend, threads);
    const same = Array.from({ length: 50 }, () =>
      Buffer.from(product().buffer).equals(Buffer.from(expected.buffer)),
    );
    expect(same).not.toContain(false);
  });

  it('share the work, each with its own scratch', async () => {
    stopThreads = await startThreads(backend, threads);
    const shape: Shape = [100, 8, 8, 30];
    const stride = Math.ceil(wasmModule(backend).matMulScratch(8, 30) / 64) * 64;
    const worked = new Set<number>();
    // Which threads come in time is up to the operating system: batch after batch until all have.
    for (let batch = 0; batch < 5000 && worked.size < threads; batch++) {
      products(shape);
      const bytes = new Uint8Array(memoryOf(backend).buffer);
      // The scratch of the last thread ends where the next block begins.
      const end = backend.wasm._malloc(0);
      for (let thread = 0; thread < threads; thread++) {
        const own = bytes.subarray(end - (threads - thread) * stride).subarray(0, stride);
        if (own.some((byte) => byte !== 0)) worked.add(thread);
      }
    }
    expect([...worked].sort()).toEqual(Array.from({ length: threads }, (_, i) => i));
  });
});

it('counts one thread if none were started, and after they were stopped', async () => {
  expect(threadCount(backend)).toBe(1);
  stopThreads = await startThreads(backend, 2);
  expect(threadCount(backend)).toBe(2);
  stopThreads();
  expect(threadCount(backend)).toBe(1);
  stopThreads = await startThreads(backend, 1);
  expect(threadCount(backend)).toBe(1);
});

it('throws if a call fails, and works afterwards', async () => {
  stopThreads = await startThreads(backend, 2);
  const beyond = 2 ** 31;
  const calls = Array.from({ length: 50 }, (): WasmCall<'matMul'> => [
    beyond,
    1,
    1,
    beyond,
    1,
    1,
    beyond,
    8,
    8,
    8,
  ]);
  const scratch = wasmModule(backend).matMulScratch(8, 8);
  expect(() => runCalls(backend, 'matMul', calls, scratch)).toThrow();
  const found = products([20, 8, 8, 8]);
  stopThreads();
  expect(found).toEqual(products([20, 8, 8, 8]));
});

it('refuses invalid arguments', async () => {
  await expect(startThreads(backend, 0)).rejects.toThrow(
    'threads: expected a positive integer, got 0',
  );
  const alone = backendOf(new WebAssembly.Memory({ initial: 1 }));
  await expect(startThreads(alone, 2)).rejects.toThrow('is not shared');
});
