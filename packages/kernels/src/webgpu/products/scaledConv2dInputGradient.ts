import * as tf from '@tensorflow/tfjs-core';
import type { Shape4D, WindowAttributes } from '@dpquant/operations';
import { float16Operations, integerOperations } from '@dpquant/quantization';
import type { Elements } from './tileCode.ts';
import { tiledProductProgram } from './tiledProduct.ts';
import { chosen, widthOf } from './tileOperands.ts';
import {
  flat,
  reshaped,
  signed,
  unsigned,
  webGpuBackend,
  withScales,
  type WebGpuBackend,
} from '../webGpuBackend.ts';
import { places, readOfWindow } from './windowPlaces.ts';

interface Attributes extends WindowAttributes {
  readonly inputShape: Shape4D;
}

/**
 * See `integerOperations` and `float16Operations` of quantization, which define what it computes.
 * Input pixels with the same remainder modulo the strides are reached by the same taps of the
 * filter: they have their own part of the workgroups, so that no zeros between strides are
 * multiplied.
 */
function scaledConv2dInputGradient(
  backend: WebGpuBackend,
  { dy, filter, scales }: { dy: tf.TensorInfo; filter: tf.TensorInfo; scales?: tf.TensorInfo },
  { strides, pad, dimRoundingMode, inputShape }: Attributes,
  elements: Elements,
): tf.TensorInfo {
  const info = tf.backend_util.computeConv2DInfo(
    inputShape,
    filter.shape as Shape4D,
    strides,
    1,
    pad,
    dimRoundingMode,
  );
  const { strideHeight, strideWidth, inChannels, outChannels } = info;
  const [width, storeWidth] = [widthOf(outChannels), widthOf(inChannels)];
  const pixelsOfPart =
    Math.ceil(info.inHeight / strideHeight) * Math.ceil(info.inWidth / strideWidth);
  const program = tiledProductProgram({
    name: 'ScaledConv2DInputGradient',
    elements,
    left: {
      along: 'positions',
      width,
      read: readOfWindow('Dy', width, '-vec2<i32>(tap / taps.y, tap % taps.y)'),
    },
    right: {
      along: 'positions',
      width,
      read: `
  let tap = i32(position) / uniforms.channels;
  let place = firstTap + vec2<i32>(tap / taps.y, tap % taps.y) * uniforms.strides;
  let row = (place.x * uniforms.filterSize.y + place.y) * i32(uniforms.columns) + i32(line);
  ${chosen(
    'line < uniforms.columns && position < depth',
    'Filter',
    `u32(row * uniforms.channels + i32(position) % uniforms.channels) / ${width}u`,
    width,
  )}`,
    },
    lines: info.batchSize * pixelsOfPart,
    columns: inChannels,
    parts: strideHeight * strideWidth,
    inputs: [
      ['Dy', width],
      ['Filter', width],
      ['Scales', 1],
    ],
    uniforms:
      'images : i32, columns : u32, imagesOfScale : i32, channels : i32, filterSize : vec2<i32>, ' +
      'imageSize : vec2<i32>, inSize : vec2<i32>, strides : vec2<i32>, padding : vec2<i32>,',
    declarations: `
var<private> part: vec2<i32>;
var<private> firstTap: vec2<i32>;
var<private> taps: vec2<i32>;
var<private> depth: u32;
var<workgroup> sharedDepth: u32;

/** The taps that reach the pixels of this part: every k-th one from the first. */
fn findTaps() {
  let number = i32(workgroupId.z);
  part = vec2<i32>(number / uniforms.strides.y, number % uniforms.strides.y);
  firstTap = (part + uniforms.padding) % uniforms.strides;
  taps = max((uniforms.filterSize - firstTap + uniforms.strides - 1) / uniforms.strides, vec2<i32>(0));
  depth = u32(taps.x * taps.y * uniforms.channels);
  if (localIndex == 0u) {
    sharedDepth = depth;
  }
}

fn placeOf(line: i32) -> vec4<i32> {
  let size = (uniforms.inSize - part + uniforms.strides - 1) / uniforms.strides;
  let pixels = size.x * size.y;
  if (line >= uniforms.images * pixels) {
    return vec4<i32>(0, 0, 0, -1);
  }
  let image = line / pixels;
  let pixel = vec2<i32>((line / size.y) % size.x, line % size.y);
  let reached = part + pixel * uniforms.strides;
  return vec4<i32>(
    image * uniforms.imageSize.x * uniforms.imageSize.y,
    (reached + uniforms.padding - firstTap) / uniforms.strides,
    (image * uniforms.inSize.x + reached.x) * uniforms.inSize.y + reached.y,
  );
}
${places}`,
    begin: 'findTaps(); findPlaces(firstLine);',
    positions: 'workgroupUniformLoad(&sharedDepth)',
    outcome: {
      shape: [info.batchSize, info.inHeight * info.inWidth, inChannels],
      store: `
  let pixel = places[line % tileLines].w;
  if (pixel >= 0 && column < uniforms.columns) {
    let image = pixel / (uniforms.inSize.x * uniforms.inSize.y);
    let scale = Scales[image / uniforms.imagesOfScale];
    result[(u32(pixel) * uniforms.columns + column) / ${storeWidth}u] = value * scale;
  }`,
      width: storeWidth,
    },
  });
  const gradient = withScales(backend, scales, (factors) =>
    backend.runWebGPUProgram(program, [flat(dy), flat(filter), factors], 'float32', [
      ...signed([info.batchSize]),
      ...unsigned(inChannels),
      ...signed([info.batchSize / factors.shape[0]!], [outChannels]),
      ...signed([info.filterHeight, info.filterWidth], [info.outHeight, info.outWidth]),
      ...signed([info.inHeight, info.inWidth], [strideHeight, strideWidth]),
      ...signed([info.padInfo.top, info.padInfo.left]),
    ]),
  );
  return reshaped(gradient, inputShape);
}

export const integerConv2dInputGradientConfig = integerOperations.conv2dInputGradient.on(
  webGpuBackend,
  (backend, inputs, attributes) => scaledConv2dInputGradient(backend, inputs, attributes, 'int8'),
);
export const float16Conv2dInputGradientConfig = float16Operations.conv2dInputGradient.on(
  webGpuBackend,
  (backend, inputs, attributes) =>
    scaledConv2dInputGradient(backend, inputs, attributes, 'float16'),
);
