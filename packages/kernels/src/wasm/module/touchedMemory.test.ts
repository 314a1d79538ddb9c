import { beforeEach, describe, expect, it } from '@jest/globals';
import { byteDots } from './compiledModules.ts';
import { instantiate, type WasmModule } from './wasmModule.ts';

const untouched = 77;

/** A memory in which every region that a call may use is known. */
class Regions {
  readonly memory = new WebAssembly.Memory({ initial: 32, maximum: 65536 });
  readonly module: WasmModule = instantiate(this.memory);
  readonly #bytes = new Uint8Array(this.memory.buffer).fill(untouched);
  readonly #regions: [number, number][] = [];
  /** Regions are far apart, so that what is written beside one is seen. */
  #next = 4096;

  /** A region that may be written; it ends at `bytes`, wherever that is. */
  reserve(bytes: number): number {
    const address = this.#next;
    this.#regions.push([address, address + bytes]);
    this.#next = (address + bytes + 4096) & ~63;
    return address;
  }

  /** Whole numbers in float32, which may only be read. */
  integers(count: number): number {
    const address = this.#next;
    this.#next = (address + count * 4 + 4096) & ~63;
    const values = new Float32Array(this.memory.buffer, address, count);
    values.forEach((_, i) => (values[i] = ((i * 37) % 255) - 127));
    return address;
  }

  numbers(values: number[]): number {
    const address = this.reserve(values.length * 4);
    new Int32Array(this.memory.buffer, address, values.length).set(values);
    return address;
  }

  /** Addresses that were written though no region has them, while `run` did. */
  writtenOutside(run: () => void): number[] {
    const before = this.#bytes.slice();
    run();
    const outside: number[] = [];
    for (let i = 0; i < before.length; i++) {
      if (before[i] === this.#bytes[i]) continue;
      if (!this.#regions.some(([start, end]) => i >= start && i < end)) outside.push(i);
    }
    return outside;
  }
}

let regions: Regions;
beforeEach(() => void (regions = new Regions()));

const float32s = (count: number) => count * 4;

describe('a matrix product of integers', () => {
  it.each([
    [1, 1, 1],
    [5, 7, 9],
    [8, 16, 8],
    [67, 33, 17],
  ])('of %d×%d times ×%d writes only product and scratch', (m, k, n) => {
    const { module } = regions;
    const [a, b, scales] = [regions.integers(m * k), regions.integers(k * n), regions.integers(m)];
    const panelBytes = Math.ceil(k / 2) * 32;
    const packed = regions.reserve(Math.ceil(n / 8) * panelBytes);
    const product = regions.reserve(float32s(m * n));
    const packScratch = regions.reserve(module.packIntegerColumnsScratch(k));
    const scratch = regions.reserve(module.integerMatMulScratch(k));
    const written = regions.writtenOutside(() => {
      for (let i = 0; i * 8 < n; i++) {
        const [count, panel] = [Math.min(8, n - i * 8), packed + i * panelBytes];
        const column = b + i * 32;
        module.packIntegerColumns(column, k, n, 1, 1, 0, 1, 0, count, panel, packScratch);
        // Transposed: rows of B are columns.
        const row = b + i * 8 * k * 4;
        module.packIntegerColumns(row, k, 1, k, 1, 0, 1, 0, count, panel, packScratch);
      }
      module.integerMatMul(a, m, k, packed, n, scales, product, scratch);
    });
    expect(written).toEqual([]);
  });
});

describe('a convolution of integers', () => {
  it.each([
    [1, 1],
    [2, 1],
    [3, 2],
  ])('with strides %d, %d writes only results and scratch', (strideHeight, strideWidth) => {
    const { module } = regions;
    const [examples, height, width, channels, d] = [3, 7, 5, 3, 9];
    const [outHeight, outWidth] = [Math.ceil(7 / strideHeight), Math.ceil(5 / strideWidth)];
    const windows = regions.numbers([
      ...[height, width, channels, 3, 3, outHeight, outWidth, strideHeight, strideWidth, 1, 1],
    ]);
    const places = regions.numbers([outHeight, outWidth, 0, 0, 1, 1]);
    const p = 9 * channels;
    const positions = outHeight * outWidth;
    const images = regions.integers(examples * height * width * channels);
    const filter = regions.integers(p * d);
    const gradients = regions.integers(examples * positions * d);
    const scales = regions.integers(examples);
    const panelBytes = Math.ceil(p / 2) * 32;
    const packed = regions.reserve(2 * panelBytes);
    const product = regions.reserve(float32s(examples * positions * d));
    const packScratch = regions.reserve(module.packIntegerColumnsScratch(p));
    const scratch = regions.reserve(module.integerConv2dScratch(windows));
    const gradientBytes = module.packedGradientBytes(outHeight, outWidth, d);
    const packedGradients = regions.reserve(examples * gradientBytes);
    const imageBytes = module.narrowedIntegerImageBytes(windows);
    const narrowed = regions.reserve(examples * imageBytes);
    const sum = regions.reserve(float32s(p * d));
    const sumScratch = regions.reserve(module.integerWeightGradientScratch(outHeight, outWidth));
    const norms = regions.reserve(24);
    const [formed, ghost] = [false, true].map((isGhost) =>
      regions.reserve(module.integerConv2dGradientNormScratch(windows, d, isGhost)),
    ) as [number, number];
    const written = regions.writtenOutside(() => {
      module.packIntegerColumns(filter, p, d, 1, 1, 0, 1, 0, 8, packed, packScratch);
      const last = packed + panelBytes;
      module.packIntegerColumns(filter + 32, p, d, 1, 1, 0, 1, 0, 1, last, packScratch);
      module.integerConv2d(
        ...([windows, places, images, examples, packed, d, scales, product, scratch] as const),
      );
      for (let i = 0; i < examples; i++) {
        const source = gradients + i * positions * d * 4;
        const target = packedGradients + i * gradientBytes;
        module.packIntegerGradients(source, outHeight, outWidth, d, target, 0);
        const image = images + i * height * width * channels * 4;
        module.narrowIntegerImage(windows, image, narrowed + i * imageBytes, 0);
      }
      for (const isRounded of [false, true]) {
        module.integerWeightGradient(
          ...[windows, narrowed, packedGradients, examples, positions, p, d, scales],
          ...([0, p, isRounded, sum, sumScratch] as const),
        );
      }
      module.integerConv2dGradientNorm(windows, images, gradients, d, false, norms, formed);
      module.integerConv2dGradientNorm(windows, images, gradients, d, true, norms, ghost);
    });
    expect(written).toEqual([]);
  });
});

it.each([2, 3, 9, 20])('sums and norms at %d positions write no other memory', (positions) => {
  const { module } = regions;
  const [examples, p, d] = [3, 13, 9];
  const [a, dy] = [
    regions.integers(examples * positions * p),
    regions.integers(examples * positions * d),
  ];
  const factors = regions.integers(examples);
  const bytes = module.packedGradientBytes(1, positions, d);
  const packed = regions.reserve(examples * bytes);
  const sum = regions.reserve(float32s(p * d));
  const scratch = regions.reserve(module.integerWeightGradientScratch(1, positions));
  const norms = regions.reserve(24);
  const [formed, ghost] = [false, true].map((isGhost) =>
    regions.reserve(module.integerMatMulGradientNormScratch(positions, p, d, isGhost)),
  ) as [number, number];
  const written = regions.writtenOutside(() => {
    for (let i = 0; i < examples; i++) {
      const source = dy + i * positions * d * 4;
      module.packIntegerGradients(source, 1, positions, d, packed + i * bytes, 0);
    }
    for (const isRounded of [false, true]) {
      module.integerWeightGradient(
        ...[0, a, packed, examples, positions, p, d, factors],
        ...([0, p, isRounded, sum, scratch] as const),
      );
    }
    module.integerMatMulGradientNorm(a, dy, positions, p, d, false, norms, formed);
    module.integerMatMulGradientNorm(a, dy, positions, p, d, true, norms, ghost);
  });
  expect(written).toEqual([]);
});

it.each([1, 2, 9])('rounded sums at %d positions write only their part', (positions) => {
  const { module } = regions;
  // One more block of examples than is summed at a time.
  const [examples, p, d] = [260, 13, 19];
  const [a, dy] = [
    regions.integers(examples * positions * p),
    regions.integers(examples * positions * d),
  ];
  const windows = regions.numbers([positions, 1, p, 1, 1, positions, 1, 1, 1, 0, 0]);
  const factors = regions.integers(examples);
  const columns = 11;
  const scratch = regions.reserve(module.roundedSumScratch(examples, positions, columns));
  const sum = regions.integers(p * d);
  const written = regions.writtenOutside(() => {
    const part = [factors, 4, 11, 8, 8 + columns] as const;
    module.matMulRoundedSum(a, dy, examples, positions, p, d, ...part, sum, scratch);
    module.conv2dRoundedSum(windows, a, dy, examples, d, ...part, sum, scratch);
  });
  const places = new Set(written.map((address) => (address - sum) >> 2));
  expect([...places].every((i) => i >= 4 * d && i < 11 * d && i % d >= 8)).toBe(true);
  expect(places.size).toBe(7 * columns);
});

it.each([1, 15, 16, 37, 300])(
  'quantizers of %d values write nothing but codes and scale',
  (count) => {
    const { module } = regions;
    const x = regions.integers(count);
    const [codes, scale] = [regions.reserve(float32s(count)), regions.reserve(4)];
    const scratch = regions.reserve(module.quantizerScratch());
    const written = regions.writtenOutside(() => {
      module.quantizeLuqFp4(x, codes, scale, count, 1, 2, 3, 4, 5, scratch);
      for (const isStochastic of [false, true]) {
        module.quantizeIntegers(
          ...([x, codes, scale, count, 7, 15, true, isStochastic] as const),
          ...([1, 2, 3, 4, 5, scratch] as const),
        );
      }
    });
    expect(written).toEqual([]);
  },
);

/** Only where the runtime has them. */
const describeByteDots = byteDots() ? describe : describe.skip;

describeByteDots('8-bit dots', () => {
  it.each([
    [1, 1, 1],
    [5, 7, 9],
    [8, 16, 8],
    [67, 33, 17],
  ])('a product of %d×%d by %d columns writes only results and scratch', (m, k, n) => {
    const { module } = regions;
    const [a, b, scales] = [regions.integers(m * k), regions.integers(k * n), regions.integers(m)];
    const panelBytes = Math.ceil(k / 4) * 32;
    const packed = regions.reserve(Math.ceil(n / 8) * panelBytes);
    const product = regions.reserve(float32s(m * n));
    const packScratch = regions.reserve(module.packByteColumnsScratch(k));
    const scratch = regions.reserve(module.byteMatMulScratch(k));
    const written = regions.writtenOutside(() => {
      for (let i = 0; i * 8 < n; i++) {
        const [count, panel] = [Math.min(8, n - i * 8), packed + i * panelBytes];
        module.packByteColumns(b + i * 32, k, n, 1, 1, 0, 1, 0, count, panel, 7, packScratch);
        // Transposed: rows of B are columns.
        const row = b + i * 8 * k * 4;
        module.packByteColumns(row, k, 1, k, 1, 0, 1, 0, count, panel, 7, packScratch);
      }
      for (const steps of [0, 18]) {
        module.byteMatMul(a, m, k, packed, n, scales, product, steps, 7, scratch);
      }
    });
    expect(written).toEqual([]);
  });

  it.each([1, 3, 16])(
    'a convolution of %d channels writes only results and scratch',
    (channels) => {
      const { module } = regions;
      const windows = regions.numbers([7, 5, channels, 3, 3, 7, 5, 1, 1, 1, 1]);
      const places = regions.numbers([7, 5, 0, 0, 1, 1]);
      const p = 9 * channels;
      const images = regions.integers(3 * 35 * channels);
      const filter = regions.integers(p * 8);
      const scales = regions.integers(3);
      const packed = regions.reserve(Math.ceil(p / 4) * 32);
      const product = regions.reserve(float32s(3 * 35 * 8));
      const packScratch = regions.reserve(module.packByteColumnsScratch(p));
      const scratch = regions.reserve(module.byteConv2dScratch(windows));
      const written = regions.writtenOutside(() => {
        module.packByteColumns(filter, p, 8, 1, 1, 0, 1, 0, 8, packed, 7, packScratch);
        for (const steps of [0, 18]) {
          const operands = [windows, places, images, 3, packed, 8, scales, product] as const;
          module.byteConv2d(...operands, steps, 7, scratch);
        }
      });
      expect(written).toEqual([]);
    },
  );

  it.each([
    [1, 1],
    [2, 1],
    [3, 2],
  ])(
    'sums and norms of windows with strides %d, %d write only results and scratch',
    (strideHeight, strideWidth) => {
      const { module } = regions;
      const [examples, channels, d] = [3, 4, 9];
      const [outHeight, outWidth] = [Math.ceil(7 / strideHeight), Math.ceil(5 / strideWidth)];
      const windows = regions.numbers([
        ...[7, 5, channels, 3, 3, outHeight, outWidth, strideHeight, strideWidth, 1, 1],
      ]);
      const [p, positions] = [9 * channels, outHeight * outWidth];
      const images = regions.integers(examples * 35 * channels);
      const gradients = regions.integers(examples * positions * d);
      const factors = regions.integers(examples);
      const bytes = module.packedByteGradientBytes(outHeight, outWidth, d);
      const packed = regions.reserve(examples * bytes);
      const imageBytes = module.narrowedByteImageBytes(windows);
      const narrowed = regions.reserve(examples * imageBytes);
      const sum = regions.reserve(float32s(p * d));
      const scratch = regions.reserve(module.byteWeightGradientScratch(outHeight, outWidth));
      const norms = regions.reserve(24);
      const [formed, ghost] = [false, true].map((isGhost) =>
        regions.reserve(module.byteConv2dGradientNormScratch(windows, d, isGhost)),
      ) as [number, number];
      const written = regions.writtenOutside(() => {
        for (let i = 0; i < examples; i++) {
          const source = gradients + i * positions * d * 4;
          module.packByteGradients(source, outHeight, outWidth, d, packed + i * bytes, 128, 0);
          const image = images + i * 35 * channels * 4;
          module.narrowByteImage(windows, image, narrowed + i * imageBytes, 0);
        }
        for (const isRounded of [false, true]) {
          module.byteWeightGradient(
            ...[windows, narrowed, packed, examples, positions, p, d, factors],
            ...([0, p, isRounded, sum, 128, scratch] as const),
          );
        }
        module.byteConv2dGradientNorm(windows, images, gradients, d, false, norms, 128, formed);
        module.byteConv2dGradientNorm(windows, images, gradients, d, true, norms, 128, ghost);
      });
      expect(written).toEqual([]);
    },
  );

  it.each([2, 3, 5, 9, 20])(
    'sums and norms at %d positions write only results and scratch',
    (positions) => {
      const { module } = regions;
      const [examples, p, d] = [3, 13, 9];
      const a = regions.integers(examples * positions * p);
      const dy = regions.integers(examples * positions * d);
      const factors = regions.integers(examples);
      const bytes = module.packedByteGradientBytes(1, positions, d);
      const packed = regions.reserve(examples * bytes);
      const sum = regions.reserve(float32s(p * d));
      const scratch = regions.reserve(module.byteWeightGradientScratch(1, positions));
      const norms = regions.reserve(24);
      const [formed, ghost] = [false, true].map((isGhost) =>
        regions.reserve(module.byteMatMulGradientNormScratch(positions, p, d, isGhost)),
      ) as [number, number];
      const written = regions.writtenOutside(() => {
        for (let i = 0; i < examples; i++) {
          const source = dy + i * positions * d * 4;
          module.packByteGradients(source, 1, positions, d, packed + i * bytes, 128, 0);
        }
        for (const isRounded of [false, true]) {
          module.byteWeightGradient(
            ...[0, a, packed, examples, positions, p, d, factors],
            ...([0, p, isRounded, sum, 128, scratch] as const),
          );
        }
        module.byteMatMulGradientNorm(a, dy, positions, p, d, false, norms, 128, formed);
        module.byteMatMulGradientNorm(a, dy, positions, p, d, true, norms, 128, ghost);
      });
      expect(written).toEqual([]);
    },
  );
});
