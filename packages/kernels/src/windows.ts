/** [n, height, width, channels], or [height, width, channels in, channels out] of a filter. */
export type Shape4D = [number, number, number, number];

/** Explicit padding of an NHWC image, before and after on each axis. */
type ExplicitPadding = [[number, number], [number, number], [number, number], [number, number]];

/** How TensorFlow.js says where the windows of a convolution or a pooling lie. */
export interface WindowAttributes {
  readonly strides: [number, number] | number;
  readonly pad: 'same' | 'valid' | number | ExplicitPadding;
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
  /** Kernels of ours take NHWC, which is the default. */
  readonly dataFormat?: string;
}
