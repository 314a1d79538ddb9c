/** Packing, products and gradients of floats. */
export interface FloatProducts {
  readonly packedBlocks: (k: number) => number;
  readonly packedBytes: (k: number, n: number) => number;
  readonly packColumns: (
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
  ) => void;
  readonly conv2dScratch: (windows: number) => number;
  readonly conv2d: (
    windows: number,
    images: number,
    filter: number,
    d: number,
    first: number,
    end: number,
    y: number,
    scratch: number,
  ) => void;
  readonly conv2dFilterGradientScratch: (windows: number, columns: number) => number;
  readonly conv2dFilterGradient: (
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
  ) => void;
  readonly conv2dInputGradientScratch: (windows: number, n: number, d: number) => number;
  readonly conv2dInputGradient: (
    windows: number,
    dy: number,
    filter: number,
    n: number,
    d: number,
    dx: number,
    scratch: number,
  ) => void;
  readonly matMulScratch: (n: number, k: number) => number;
  readonly matMul: (
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
  ) => void;
  readonly matMulGradientNormScratch: (positions: number, d: number, isGhost: boolean) => number;
  readonly matMulGradientNorm: (
    a: number,
    b: number,
    positions: number,
    p: number,
    d: number,
    isGhost: boolean,
    target: number,
    scratch: number,
  ) => void;
  readonly conv2dGradientNormScratch: (windows: number, d: number, isGhost: boolean) => number;
  readonly conv2dGradientNorm: (
    windows: number,
    image: number,
    b: number,
    d: number,
    isGhost: boolean,
    target: number,
    scratch: number,
  ) => void;
  readonly roundedSumScratch: (n: number, positions: number, columns: number) => number;
  readonly matMulRoundedSum: (
    a: number,
    b: number,
    n: number,
    positions: number,
    p: number,
    d: number,
    factors: number,
    firstRow: number,
    endRow: number,
    firstColumn: number,
    endColumn: number,
    target: number,
    scratch: number,
  ) => void;
  readonly conv2dRoundedSum: (
    windows: number,
    images: number,
    b: number,
    n: number,
    d: number,
    factors: number,
    firstRow: number,
    endRow: number,
    firstColumn: number,
    endColumn: number,
    target: number,
    scratch: number,
  ) => void;
}
