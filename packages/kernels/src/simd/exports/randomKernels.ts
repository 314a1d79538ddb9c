/** Noise, and quantizers that round at random. */
export interface RandomKernels {
  readonly addGridNoiseScratch: () => number;
  readonly addGridNoise: (
    key: number,
    firstBlock: number,
    values: number,
    target: number,
    count: number,
    cellDeviation: number,
    shift: number,
    scratch: number,
  ) => void;
  readonly addGridNoiseOfWords: (
    words: number,
    values: number,
    target: number,
    count: number,
    cellDeviation: number,
    shift: number,
    key: number,
    pair: number,
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
