/** Products of byte codes, which the module has only where `hasExactByteDots`. */
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
}
