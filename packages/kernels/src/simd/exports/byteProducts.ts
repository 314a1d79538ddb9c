/**
 * Packing, products and gradients of byte codes, which the module has only where there are
 * `byteDots`.
 */
export interface ByteProducts {
  readonly packByteColumnsScratch: (depth: number) => number;
  readonly packByteColumns: (
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
  ) => void;
  readonly byteMatMulScratch: (k: number) => number;
  readonly byteMatMul: (
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
  ) => void;
  readonly byteConv2dScratch: (windows: number) => number;
  readonly byteConv2d: (
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
  ) => void;
  readonly packedByteGradientBytes: (rows: number, width: number, d: number) => number;
  readonly packByteGradients: (
    b: number,
    rows: number,
    width: number,
    d: number,
    packed: number,
    offset: number,
    scratch: number,
  ) => void;
  readonly narrowedByteImageBytes: (windows: number) => number;
  readonly narrowByteImage: (
    windows: number,
    image: number,
    target: number,
    scratch: number,
  ) => void;
  readonly byteWeightGradientScratch: (rows: number, width: number) => number;
  readonly byteWeightGradient: (
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
    offset: number,
    scratch: number,
  ) => void;
  readonly byteMatMulGradientNormScratch: (
    positions: number,
    p: number,
    d: number,
    isGhost: boolean,
  ) => number;
  readonly byteMatMulGradientNorm: (
    a: number,
    b: number,
    positions: number,
    p: number,
    d: number,
    isGhost: boolean,
    target: number,
    offset: number,
    scratch: number,
  ) => void;
  readonly byteConv2dGradientNormScratch: (windows: number, d: number, isGhost: boolean) => number;
  readonly byteConv2dGradientNorm: (
    windows: number,
    image: number,
    b: number,
    d: number,
    isGhost: boolean,
    target: number,
    offset: number,
    scratch: number,
  ) => void;
}
