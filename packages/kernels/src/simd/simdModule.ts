import { compileModules } from './compiledModules.ts';
import { memoryOf, type WasmBackend } from './wasmBackend.ts';

/** What the module has only where `hasExactByteDots`. */
interface ByteKernels {
  packByteColumnsScratch(depth: number): number;
  packByteColumns(
    source: number,
    depth: number,
    depthStride: number,
    columnStride: number,
    tapRows: number,
    tapRowStride: number,
    tapColumns: number,
    tapColumnStride: number,
    count: number,
    panel: number,
    offset: number,
    scratch: number,
  ): void;
  byteMatMulScratch(k: number): number;
  byteMatMul(
    a: number,
    count: number,
    k: number,
    packed: number,
    n: number,
    scales: number,
    c: number,
    steps: number,
    offset: number,
    scratch: number,
  ): void;
  byteConv2dScratch(windows: number): number;
  byteConv2d(
    windows: number,
    places: number,
    images: number,
    examples: number,
    packed: number,
    n: number,
    scales: number,
    target: number,
    steps: number,
    offset: number,
    scratch: number,
  ): void;
}

/**
 * What the SIMD module exports; `assembly/` documents it. Addresses are bytes in the backend's memory.
 */
export interface SimdModule extends ByteKernels {
  addGaussianNoiseScratch(): number;
  addGaussianNoise(
    key: number,
    firstBlock: number,
    values: number,
    target: number,
    count: number,
    standardDeviation: number,
    scratch: number,
  ): void;
  addGaussianOfWords(
    words: number,
    values: number,
    target: number,
    count: number,
    standardDeviation: number,
    scratch: number,
  ): void;
  packedBlocks(k: number): number;
  packedBytes(k: number, n: number): number;
  packColumns(
    matrix: number,
    k: number,
    n: number,
    groupRows: number,
    groupStride: number,
    rowStride: number,
    columnStride: number,
    block: number,
    packed: number,
    scratch: number,
  ): void;
  conv2dScratch(windows: number): number;
  conv2d(
    windows: number,
    images: number,
    filter: number,
    d: number,
    first: number,
    end: number,
    y: number,
    scratch: number,
  ): void;
  conv2dFilterGradientScratch(windows: number, columns: number): number;
  conv2dFilterGradient(
    windows: number,
    images: number,
    b: number,
    n: number,
    d: number,
    firstRow: number,
    endRow: number,
    firstColumn: number,
    endColumn: number,
    dw: number,
    scratch: number,
  ): void;
  conv2dInputGradientScratch(windows: number, n: number, d: number): number;
  conv2dInputGradient(
    windows: number,
    dy: number,
    filter: number,
    n: number,
    d: number,
    dx: number,
    scratch: number,
  ): void;
  quantizeLuqFp4(
    x: number,
    codes: number,
    scale: number,
    count: number,
    key0: number,
    key1: number,
    c1: number,
    c2: number,
    c3: number,
    scratch: number,
  ): void;
  quantizerScratch(): number;
  quantizeIntegers(
    x: number,
    codes: number,
    scale: number,
    count: number,
    largest: number,
    isSawb: boolean,
    isStochastic: boolean,
    key0: number,
    key1: number,
    c1: number,
    c2: number,
    c3: number,
    scratch: number,
  ): void;
  matMulScratch(n: number, k: number): number;
  matMul(
    a: number,
    aRowStride: number,
    aColumnStride: number,
    b: number,
    bRowStride: number,
    bColumnStride: number,
    c: number,
    m: number,
    n: number,
    k: number,
    scratch: number,
  ): void;
  matMulGradientNormScratch(positions: number, d: number, isGhost: boolean): number;
  matMulGradientNorm(
    a: number,
    b: number,
    positions: number,
    p: number,
    d: number,
    isGhost: boolean,
    target: number,
    scratch: number,
  ): void;
  groupNormalizationScratch(channels: number): number;
  groupNormalization(
    x: number,
    gamma: number,
    beta: number,
    positions: number,
    channels: number,
    groups: number,
    epsilon: number,
    y: number,
    statistics: number,
    scratch: number,
  ): void;
  groupNormalizationGradientScratch(channels: number): number;
  groupNormalizationGradient(
    x: number,
    dy: number,
    gamma: number,
    statistics: number,
    positions: number,
    channels: number,
    groups: number,
    dx: number,
    dGamma: number,
    dBeta: number,
    scratch: number,
  ): void;
  depthwiseFilterGradient(
    windows: number,
    images: number,
    dy: number,
    n: number,
    multiplier: number,
    tap: number,
    target: number,
    scratch: number,
  ): void;
  depthwiseInputGradient(
    windows: number,
    dy: number,
    filter: number,
    multiplier: number,
    dx: number,
    scratch: number,
  ): void;
  averagePool(windows: number, image: number, y: number, scratch: number): void;
  maxPool(windows: number, image: number, y: number, scratch: number): void;
  maxPoolWithPlaces(
    windows: number,
    image: number,
    firstPlace: number,
    y: number,
    places: number,
    scratch: number,
  ): void;
  maxPoolGradient(windows: number, image: number, dy: number, dx: number, scratch: number): void;
  segmentSumScratch(segments: number, columns: number): number;
  segmentSum(
    x: number,
    segmentIds: number,
    rows: number,
    rowSize: number,
    segments: number,
    first: number,
    columns: number,
    target: number,
    scratch: number,
  ): void;
  conv2dGradientNormScratch(windows: number, d: number, isGhost: boolean): number;
  conv2dGradientNorm(
    windows: number,
    image: number,
    b: number,
    d: number,
    isGhost: boolean,
    target: number,
    scratch: number,
  ): void;
  packIntegerColumnsScratch(depth: number): number;
  packIntegerColumns(
    source: number,
    depth: number,
    depthStride: number,
    columnStride: number,
    tapRows: number,
    tapRowStride: number,
    tapColumns: number,
    tapColumnStride: number,
    count: number,
    panel: number,
    scratch: number,
  ): void;
  integerMatMulScratch(k: number): number;
  integerMatMul(
    a: number,
    count: number,
    k: number,
    packed: number,
    n: number,
    scales: number,
    c: number,
    scratch: number,
  ): void;
  integerConv2dScratch(windows: number): number;
  integerConv2d(
    windows: number,
    places: number,
    images: number,
    examples: number,
    packed: number,
    n: number,
    scales: number,
    target: number,
    scratch: number,
  ): void;
  packedGradientBytes(rows: number, width: number, d: number): number;
  packIntegerGradients(
    b: number,
    rows: number,
    width: number,
    d: number,
    packed: number,
    scratch: number,
  ): void;
  integerWeightGradientScratch(rows: number, width: number): number;
  integerMatMulWeightGradient(
    a: number,
    packed: number,
    examples: number,
    positions: number,
    p: number,
    d: number,
    factors: number,
    first: number,
    count: number,
    target: number,
    scratch: number,
  ): void;
  integerConv2dWeightGradient(
    windows: number,
    images: number,
    packed: number,
    examples: number,
    d: number,
    factors: number,
    first: number,
    count: number,
    target: number,
    scratch: number,
  ): void;
  integerMatMulGradientNormScratch(
    positions: number,
    p: number,
    d: number,
    isGhost: boolean,
  ): number;
  integerMatMulGradientNorm(
    a: number,
    b: number,
    positions: number,
    p: number,
    d: number,
    isGhost: boolean,
    target: number,
    scratch: number,
  ): void;
  integerConv2dGradientNormScratch(windows: number, d: number, isGhost: boolean): number;
  integerConv2dGradientNorm(
    windows: number,
    image: number,
    b: number,
    d: number,
    isGhost: boolean,
    target: number,
    scratch: number,
  ): void;
}

const modules = new WeakMap<WebAssembly.Memory, SimdModule>();

/** The SIMD module on the memory of a backend. */
export function simdModule(backend: WasmBackend): SimdModule {
  const memory = memoryOf(backend);
  let module = modules.get(memory);
  if (!module) {
    module = instantiate(memory);
    modules.set(memory, module);
  }
  return module;
}

/** Compiles at once, which browsers allow for modules as small as these. */
export function instantiate(memory: WebAssembly.Memory): SimdModule {
  const isShared =
    typeof SharedArrayBuffer !== 'undefined' && memory.buffer instanceof SharedArrayBuffer;
  const all = compileModules(isShared).map(
    (module) => new WebAssembly.Instance(module, { env: { memory } }).exports,
  );
  return Object.assign({}, ...all) as SimdModule;
}
