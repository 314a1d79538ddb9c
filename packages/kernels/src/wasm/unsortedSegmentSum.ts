import * as tf from '@tensorflow/tfjs-core';

/**
 * Sums of the slices of x that have the same segment number: the gradient of a lookup. Slices with a
 * number that is none are left out. The WASM backend has no such kernel.
 *
 * @param x [n, …]
 * @param segmentIds [n]
 * @returns [numSegments, …]
 */
export function unsortedSegmentSum(
  x: tf.Tensor,
  segmentIds: tf.Tensor,
  numSegments: number,
): tf.Tensor {
  const values = x.dataSync<'float32'>();
  const segments = segmentIds.dataSync<'int32'>();
  const size = segments.length === 0 ? 0 : values.length / segments.length;
  const shape = [numSegments, ...x.shape.slice(1)];
  const sums = new Float64Array(tf.util.sizeFromShape(shape));
  for (let i = 0; i < segments.length; i++) {
    const segment = segments[i]!;
    if (!(segment >= 0 && segment < numSegments)) continue;
    for (let j = 0; j < size; j++) sums[segment * size + j]! += values[i * size + j]!;
  }
  return tf.tensor(new Float32Array(sums), shape, x.dtype);
}

export const unsortedSegmentSumConfig: tf.KernelConfig = {
  kernelName: tf.UnsortedSegmentSum,
  backendName: 'wasm',
  kernelFunc: ({ inputs, attrs }) =>
    unsortedSegmentSum(
      inputs['x'] as tf.Tensor,
      inputs['segmentIds'] as tf.Tensor,
      (attrs as unknown as { numSegments: number }).numSegments,
    ),
};
