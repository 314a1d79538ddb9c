import * as tf from '@tensorflow/tfjs-core';
import { tensorflowOperations, type Shape4D, type WindowAttributes } from '@dpquant/operations';
import { windowsOfGradients } from '../../gradientWindows.ts';
import {
  shaderProgram,
  webGpuBackend,
  type WebGpuBackend,
  type WebGpuProgram,
} from '../webGpuBackend.ts';

interface Attributes extends WindowAttributes {
  readonly filterSize: [number, number] | number;
}

const invocations = 64;

/**
 * For every element of the input: the sum of the output gradients of the windows whose first
 * maximum it is. The backend's own kernel uses 0 as the maximum of a window in which all values are
 * negative.
 */
function maxPoolGradProgram(shape: Shape4D): WebGpuProgram {
  // In two dimensions, because one dimension is limited to 65,535 workgroups.
  const groups = Math.ceil(tf.util.sizeFromShape(shape) / invocations);
  const width = Math.min(groups, 32_768);
  return shaderProgram({
    variableNames: ['Dy', 'X'],
    uniforms:
      'inSize : vec2<i32>, outSize : vec2<i32>, window : vec2<i32>, stride : vec2<i32>, ' +
      'padding : vec2<i32>, channels : i32, size : i32,',
    workgroupSize: [invocations, 1, 1],
    dispatchLayout: { x: [0, 1, 2, 3] },
    shaderKey: 'dpquantMaxPoolGrad',
    outputShape: shape,
    dispatch: [width, Math.ceil(groups / width), 1],
    getUserCode: () => `
fn indexOf(image : i32, position : vec2<i32>, size : vec2<i32>, channel : i32) -> i32 {
  return ((image * size.x + position.x) * size.y + position.y) * uniforms.channels + channel;
}

/** The first maximum of the window of an output, row after row. */
fn firstMaximum(image : i32, output : vec2<i32>, channel : i32) -> vec2<i32> {
  let corner = output * uniforms.stride - uniforms.padding;
  let start = max(corner, vec2<i32>(0));
  let end = min(corner + uniforms.window, uniforms.inSize);
  var place = start;
  var largest = X[indexOf(image, start, uniforms.inSize, channel)];
  for (var y = start.x; y < end.x; y++) {
    for (var x = start.y; x < end.y; x++) {
      let value = X[indexOf(image, vec2<i32>(y, x), uniforms.inSize, channel)];
      if (value > largest) {
        largest = value;
        place = vec2<i32>(y, x);
      }
    }
  }
  return place;
}

fn main(index : i32) {
  if (index >= uniforms.size) {
    return;
  }
  let channel = index % uniforms.channels;
  let pixel = index / uniforms.channels;
  let place = vec2<i32>((pixel / uniforms.inSize.y) % uniforms.inSize.x, pixel % uniforms.inSize.y);
  let image = pixel / (uniforms.inSize.x * uniforms.inSize.y);
  // The first and last window that contain the place; correct for negative numbers too.
  let reach = place + uniforms.padding;
  let first = max((reach - uniforms.window + uniforms.stride) / uniforms.stride, vec2<i32>(0));
  let last = min(reach / uniforms.stride, uniforms.outSize - 1);
  var sum = 0.0;
  for (var y = first.x; y <= last.x; y++) {
    for (var x = first.y; x <= last.y; x++) {
      let output = vec2<i32>(y, x);
      let found = firstMaximum(image, output, channel);
      if (all(found == place)) {
        sum += Dy[indexOf(image, output, uniforms.outSize, channel)];
      }
    }
  }
  result[index] = sum;
}
`,
  });
}

/** Gradient of max pooling: each output gradient goes to the first maximum of its window. */
function maxPoolGrad(
  backend: WebGpuBackend,
  dy: tf.TensorInfo,
  x: tf.TensorInfo,
  { filterSize, strides, pad, dimRoundingMode }: Attributes,
): tf.TensorInfo {
  const shape = x.shape as Shape4D;
  const forward = tf.backend_util.computePool2DInfo(
    shape,
    filterSize,
    strides,
    1,
    pad,
    dimRoundingMode,
  );
  const info = windowsOfGradients(forward, dy);
  const { top, left } = info.padInfo;
  const uniforms = [
    [info.inHeight, info.inWidth],
    [info.outHeight, info.outWidth],
    [info.filterHeight, info.filterWidth],
    [info.strideHeight, info.strideWidth],
    [top, left],
    [info.inChannels],
    [tf.util.sizeFromShape(shape)],
  ].map((data) => ({ type: 'int32' as const, data }));
  return backend.runWebGPUProgram(maxPoolGradProgram(shape), [dy, x], 'float32', uniforms);
}

export const maxPoolGradConfig = tensorflowOperations.maxPoolGrad.on(
  webGpuBackend,
  (backend, { dy, input }, attributes) => maxPoolGrad(backend, dy, input, attributes),
);
