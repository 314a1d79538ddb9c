/** Group normalization, depthwise convolution, pooling and sums of segments. */
export interface LayerKernels {
  readonly groupNormalizationScratch: (channels: number) => number;
  readonly groupNormalization: (
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
  ) => void;
  readonly groupNormalizationGradientScratch: (channels: number) => number;
  readonly groupNormalizationGradient: (
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
  ) => void;
  readonly depthwiseFilterGradient: (
    windows: number,
    images: number,
    dy: number,
    n: number,
    multiplier: number,
    tap: number,
    target: number,
    scratch: number,
  ) => void;
  readonly depthwiseInputGradient: (
    windows: number,
    dy: number,
    filter: number,
    multiplier: number,
    dx: number,
    scratch: number,
  ) => void;
  readonly averagePool: (windows: number, image: number, y: number, scratch: number) => void;
  readonly maxPool: (windows: number, image: number, y: number, scratch: number) => void;
  readonly maxPoolWithPlaces: (
    windows: number,
    image: number,
    firstPlace: number,
    y: number,
    places: number,
    scratch: number,
  ) => void;
  readonly maxPoolGradient: (
    windows: number,
    image: number,
    dy: number,
    dx: number,
    scratch: number,
  ) => void;
  readonly segmentSumScratch: (segments: number, columns: number) => number;
  readonly segmentSum: (
    x: number,
    segmentIds: number,
    rows: number,
    rowSize: number,
    segments: number,
    first: number,
    columns: number,
    target: number,
    scratch: number,
  ) => void;
}
