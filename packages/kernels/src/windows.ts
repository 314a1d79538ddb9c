/** [n, height, width, channels], or [height, width, channels in, channels out] of a filter. */
export type Shape4D = [number, number, number, number];

/** How TensorFlow.js says where the windows of a convolution or a pooling lie. */
export interface WindowAttributes {
  readonly strides: [number, number] | number;
  readonly pad: 'same' | 'valid' | number;
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
}
