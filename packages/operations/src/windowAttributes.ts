/** [n, height, width, channels], or [height, width, channels in, channels out] for a filter. */
export type Shape4D = [number, number, number, number];

/** Explicit padding of an NHWC image, before and after, for each axis. */
type ExplicitPadding = [[number, number], [number, number], [number, number], [number, number]];

/** How TensorFlow.js describes the windows of a convolution or pooling. */
export interface WindowAttributes {
  readonly strides: [number, number] | number;
  readonly pad: 'same' | 'valid' | number | ExplicitPadding;
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
  /** Our kernels support only NHWC, the default. */
  readonly dataFormat?: string;
}
