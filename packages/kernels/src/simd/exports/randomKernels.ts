/** Noise, and quantizers that round at random. */
export interface RandomKernels {
  readonly addGaussianNoiseScratch: () => number;
  readonly addGaussianNoise: (
    key: number,
    firstBlock: number,
    values: number,
    target: number,
    count: number,
    standardDeviation: number,
    scratch: number,
  ) => void;
  readonly addGaussianOfWords: (
    words: number,
    values: number,
    target: number,
    count: number,
    standardDeviation: number,
    scratch: number,
  ) => void;
  readonly quantizeLuqFp4: (
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
  ) => void;
  readonly quantizerScratch: () => number;
  readonly quantizeIntegers: (
    x: number,
    codes: number,
    scale: number,
    count: number,
    largest: number,
    largestOfNonNegative: number,
    isSawb: boolean,
    isStochastic: boolean,
    key0: number,
    key1: number,
    c1: number,
    c2: number,
    c3: number,
    scratch: number,
  ) => void;
}
