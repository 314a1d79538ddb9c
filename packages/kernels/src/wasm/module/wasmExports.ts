// Written by `npm run compile` (`wasm/signatures.mjs`): do not edit.

/** Exports of `wasm/index.ts`, which every engine can run. */
export interface StandardExports {
  // wasm/products/conv2d.ts
  readonly conv2d: (windows: number, images: number, filter: number, d: number, first: number, end: number, y: number, scratch: number) => void;
  readonly conv2dScratch: (windows: number) => number;
  // wasm/products/conv2dFilterGradient.ts
  readonly conv2dFilterGradient: (windows: number, images: number, b: number, n: number, d: number, firstRow: number, endRow: number, firstColumn: number, endColumn: number, dw: number, scratch: number) => void;
  readonly conv2dFilterGradientScratch: (windows: number, columns: number) => number;
  // wasm/gradients/conv2dGradientNorm.ts
  readonly conv2dGradientNorm: (windows: number, image: number, b: number, d: number, isGhost: boolean, target: number, scratch: number) => void;
  readonly conv2dGradientNormScratch: (windows: number, d: number, isGhost: boolean) => number;
  // wasm/noise/addGridNoise.ts
  readonly addGridNoise: (key: number, firstBlock: number, values: number, target: number, count: number, cellDeviation: number, shift: number, scratch: number) => void;
  readonly addGridNoiseOfWords: (words: number, values: number, target: number, count: number, cellDeviation: number, shift: number, key: number, pair: number, scratch: number) => void;
  readonly addGridNoiseScratch: () => number;
  // wasm/products/conv2dInputGradient.ts
  readonly conv2dInputGradient: (windows: number, dy: number, filter: number, n: number, d: number, dx: number, scratch: number) => void;
  readonly conv2dInputGradientScratch: (windows: number, n: number, d: number) => number;
  // wasm/products/depthwiseFilterGradient.ts
  readonly depthwiseFilterGradient: (windows: number, images: number, dy: number, n: number, multiplier: number, tap: number, target: number, _scratch: number) => void;
  // wasm/products/depthwiseInputGradient.ts
  readonly depthwiseInputGradient: (windows: number, dy: number, filter: number, multiplier: number, dx: number, _scratch: number) => void;
  // wasm/normalization/groupNormalization.ts
  readonly groupNormalization: (x: number, gamma: number, beta: number, positions: number, channels: number, groups: number, epsilon: number, y: number, statistics: number, scratch: number) => void;
  readonly groupNormalizationScratch: (channels: number) => number;
  // wasm/normalization/groupNormalizationGradient.ts
  readonly groupNormalizationGradient: (x: number, dy: number, gamma: number, statistics: number, positions: number, channels: number, groups: number, dx: number, dGamma: number, dBeta: number, scratch: number) => void;
  readonly groupNormalizationGradientScratch: (channels: number) => number;
  // wasm/quantizers/quantizeLuqFp4.ts
  readonly quantizeLuqFp4: (x: number, codes: number, scaleTarget: number, count: number, key0: number, key1: number, c1: number, c2: number, c3: number, scratch: number) => void;
  // wasm/products/matMul.ts
  readonly matMul: (a: number, aRowStride: number, aColumnStride: number, b: number, bRowStride: number, bColumnStride: number, c: number, m: number, n: number, k: number, scratch: number) => void;
  readonly matMulScratch: (n: number, k: number) => number;
  // wasm/gradients/matMulGradientNorm.ts
  readonly matMulGradientNorm: (a: number, b: number, positions: number, p: number, d: number, isGhost: boolean, target: number, scratch: number) => void;
  readonly matMulGradientNormScratch: (positions: number, d: number, isGhost: boolean) => number;
  // wasm/pooling/maxPoolGradient.ts
  readonly maxPoolGradient: (windows: number, image: number, dy: number, dx: number, _scratch: number) => void;
  // wasm/pooling/pooling.ts
  readonly averagePool: (windows: number, image: number, y: number, _scratch: number) => void;
  readonly maxPool: (windows: number, image: number, y: number, _scratch: number) => void;
  readonly maxPoolWithPlaces: (windows: number, image: number, firstPlace: number, y: number, places: number, _scratch: number) => void;
  // wasm/products/packedColumns.ts
  readonly packColumns: (matrix: number, k: number, n: number, groupRows: number, groupStride: number, rowStride: number, columnStride: number, block: number, packed: number, _scratch: number) => void;
  readonly packedBlocks: (k: number) => number;
  readonly packedBytes: (k: number, n: number) => number;
  // wasm/embedding/segmentSum.ts
  readonly segmentSum: (x: number, segmentIds: number, rows: number, rowSize: number, segments: number, first: number, columns: number, target: number, scratch: number) => void;
  readonly segmentSumScratch: (segments: number, columns: number) => number;
  // wasm/integers/integerColumns.ts
  readonly packIntegerColumns: (source: number, depth: number, depthStride: number, columnStride: number, tapRows: number, tapRowStride: number, tapColumns: number, tapColumnStride: number, count: number, panel: number, scratch: number) => void;
  readonly packIntegerColumnsScratch: (depth: number) => number;
  // wasm/integers/integerConv2d.ts
  readonly integerConv2d: (windows: number, places: number, images: number, examples: number, packed: number, n: number, scales: number, target: number, scratch: number) => void;
  readonly integerConv2dScratch: (windows: number) => number;
  // wasm/integers/integerMatMul.ts
  readonly integerMatMul: (a: number, count: number, k: number, packed: number, n: number, scales: number, c: number, scratch: number) => void;
  readonly integerMatMulScratch: (k: number) => number;
  // wasm/integers/integerGradients.ts
  readonly integerConv2dGradientNorm: (windows: number, image: number, b: number, d: number, isGhost: boolean, target: number, scratch: number) => void;
  readonly integerConv2dGradientNormScratch: (windows: number, d: number, isGhost: boolean) => number;
  readonly integerMatMulGradientNorm: (a: number, b: number, positions: number, p: number, d: number, isGhost: boolean, target: number, scratch: number) => void;
  readonly integerMatMulGradientNormScratch: (positions: number, p: number, d: number, isGhost: boolean) => number;
  readonly integerWeightGradient: (windows: number, a: number, packed: number, examples: number, positions: number, p: number, d: number, factors: number, first: number, count: number, isRounded: boolean, target: number, scratch: number) => void;
  readonly integerWeightGradientScratch: (rows: number, width: number) => number;
  readonly narrowIntegerImage: (windows: number, image: number, target: number, _scratch: number) => void;
  readonly narrowedIntegerImageBytes: (windows: number) => number;
  readonly packIntegerGradients: (b: number, rows: number, width: number, d: number, packed: number, _scratch: number) => void;
  readonly packedGradientBytes: (rows: number, width: number, d: number) => number;
  // wasm/gradients/roundedSum.ts
  readonly conv2dRoundedSum: (windows: number, images: number, b: number, n: number, d: number, factors: number, firstRow: number, endRow: number, firstColumn: number, endColumn: number, target: number, scratch: number) => void;
  readonly matMulRoundedSum: (a: number, b: number, n: number, positions: number, p: number, d: number, factors: number, firstRow: number, endRow: number, firstColumn: number, endColumn: number, target: number, scratch: number) => void;
  readonly roundedSumScratch: (n: number, positions: number, columns: number) => number;
  // wasm/quantizers/quantizeIntegers.ts
  readonly quantizeIntegers: (x: number, codes: number, scaleTarget: number, count: number, largest: number, largestOfNonNegative: number, isSawb: boolean, isStochastic: boolean, key0: number, key1: number, c1: number, c2: number, c3: number, scratch: number) => void;
  // wasm/quantizers/philox.ts
  readonly quantizerScratch: () => number;
}

/** Exports of `wasm/relaxed.ts`, which are there only if `byteDots()` is not null. */
export interface RelaxedExports {
  // wasm/integers/byteColumns.ts
  readonly packByteColumns: (source: number, depth: number, depthStride: number, columnStride: number, tapRows: number, tapRowStride: number, tapColumns: number, tapColumnStride: number, count: number, panel: number, offset: number, scratch: number) => void;
  readonly packByteColumnsScratch: (depth: number) => number;
  // wasm/integers/byteGradients.ts
  readonly byteConv2dGradientNorm: (windows: number, image: number, b: number, d: number, isGhost: boolean, target: number, offset: number, scratch: number) => void;
  readonly byteConv2dGradientNormScratch: (windows: number, d: number, isGhost: boolean) => number;
  readonly byteMatMulGradientNorm: (a: number, b: number, positions: number, p: number, d: number, isGhost: boolean, target: number, offset: number, scratch: number) => void;
  readonly byteMatMulGradientNormScratch: (positions: number, p: number, d: number, isGhost: boolean) => number;
  readonly byteWeightGradient: (windows: number, a: number, packed: number, examples: number, positions: number, p: number, d: number, factors: number, first: number, count: number, isRounded: boolean, target: number, offset: number, scratch: number) => void;
  readonly byteWeightGradientScratch: (rows: number, width: number) => number;
  readonly narrowByteImage: (windows: number, image: number, target: number, _scratch: number) => void;
  readonly narrowedByteImageBytes: (windows: number) => number;
  readonly packByteGradients: (b: number, rows: number, width: number, d: number, packed: number, offset: number, _scratch: number) => void;
  readonly packedByteGradientBytes: (rows: number, width: number, d: number) => number;
  // wasm/integers/byteProbe.ts
  readonly narrowDotsAreExact: () => boolean;
  readonly wideDotOffset: () => number;
  // wasm/integers/byteProducts.ts
  readonly byteConv2d: (windows: number, places: number, images: number, examples: number, packed: number, n: number, scales: number, target: number, steps: number, offset: number, scratch: number) => void;
  readonly byteConv2dScratch: (windows: number) => number;
  readonly byteMatMul: (a: number, count: number, k: number, packed: number, n: number, scales: number, c: number, steps: number, offset: number, scratch: number) => void;
  readonly byteMatMulScratch: (k: number) => number;
}
