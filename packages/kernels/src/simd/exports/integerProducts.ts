/** Packing, products and gradients of integer codes. */
export interface IntegerProducts {
  readonly packIntegerColumnsScratch: (depth: number) => number;
  readonly packIntegerColumns: (
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
  ) => void;
  readonly integerMatMulScratch: (k: number) => number;
  readonly integerMatMul: (
    a: number,
    count: number,
    k: number,
    packed: number,
    n: number,
    scales: number,
    c: number,
    scratch: number,
  ) => void;
  readonly integerConv2dScratch: (windows: number) => number;
  readonly integerConv2d: (
    windows: number,
    places: number,
    images: number,
    examples: number,
    packed: number,
    n: number,
    scales: number,
    target: number,
    scratch: number,
  ) => void;
  readonly packedGradientBytes: (rows: number, width: number, d: number) => number;
  readonly packIntegerGradients: (
    b: number,
    rows: number,
    width: number,
    d: number,
    packed: number,
    scratch: number,
  ) => void;
  readonly narrowedIntegerImageBytes: (windows: number) => number;
  readonly narrowIntegerImage: (
    windows: number,
    image: number,
    target: number,
    scratch: number,
  ) => void;
  readonly integerWeightGradientScratch: (rows: number, width: number) => number;
  readonly integerWeightGradient: (
    windows: number,
    a: number,
    packed: number,
    examples: number,
    positions: number,
    p: number,
    d: number,
    factors: number,
    first: number,
    count: number,
    isRounded: boolean,
    target: number,
    scratch: number,
  ) => void;
  readonly integerMatMulGradientNormScratch: (
    positions: number,
    p: number,
    d: number,
    isGhost: boolean,
  ) => number;
  readonly integerMatMulGradientNorm: (
    a: number,
    b: number,
    positions: number,
    p: number,
    d: number,
    isGhost: boolean,
    target: number,
    scratch: number,
  ) => void;
  readonly integerConv2dGradientNormScratch: (
    windows: number,
    d: number,
    isGhost: boolean,
  ) => number;
  readonly integerConv2dGradientNorm: (
    windows: number,
    image: number,
    b: number,
    d: number,
    isGhost: boolean,
    target: number,
    scratch: number,
  ) => void;
}
