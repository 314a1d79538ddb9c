import * as tf from '@tensorflow/tfjs-core';
import type { Shape4D, WindowAttributes } from '@dpquant/operations';
import { float16Operations, integerOperations } from '@dpquant/quantization';
import type { Elements } from './tileCode.ts';
import { tiledProductProgram } from './tiledProduct.ts';
import { matrixOperand, widthOf } from './tileOperands.ts';
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

/**
 * See `integerOperations` and `float16Operations` of quantization, which define what it computes.
 */
function scaledConv2d(
  backend: WebGpuBackend,
  { x, filter, scales }: { x: tf.TensorInfo; filter: tf.TensorInfo; scales?: tf.TensorInfo },
  { strides, pad, dimRoundingMode }: WindowAttributes,
  elements: Elements,
): tf.TensorInfo {
  const info = tf.backend_util.computeConv2DInfo(
    x.shape as Shape4D,
    filter.shape as Shape4D,
    strides,
    1,
    pad,
    dimRoundingMode,
  );
  const lines = info.batchSize * info.outHeight * info.outWidth;
  const depth = info.filterHeight * info.filterWidth * info.inChannels;
  const [width, storeWidth] = [widthOf(info.inChannels), widthOf(info.outChannels)];
  const right = matrixOperand({
    input: 'Filter',
    lines: 'uniforms.columns',
    positions: 'depth',
    along: 'lines',
    size: info.outChannels,
  });
  const program = tiledProductProgram({
    name: 'ScaledConv2D',
    elements,
    left: {
      along: 'positions',
      width,
      read: readOfWindow(
        'X',
        width,
        'vec2<i32>(tap / uniforms.filterWidth, tap % uniforms.filterWidth)',
      ),
    },
    right,
    lines,
    columns: info.outChannels,
    parts: 1,
    inputs: [
      ['X', width],
      ['Filter', right.width],
      ['Scales', 1],
    ],
    uniforms:
      'lines : u32, columns : u32, depth : u32, linesOfScale : u32, channels : i32, filterWidth : i32, ' +
      'imageSize : vec2<i32>, outSize : vec2<i32>, strides : vec2<i32>, padding : vec2<i32>,',
    declarations: `
var<private> depth: u32;

fn placeOf(line: i32) -> vec4<i32> {
  let image = line / (uniforms.outSize.x * uniforms.outSize.y);
  let output = vec2<i32>((line / uniforms.outSize.y) % uniforms.outSize.x, line % uniforms.outSize.y);
  return vec4<i32>(
    image * uniforms.imageSize.x * uniforms.imageSize.y,
    output * uniforms.strides - uniforms.padding,
    select(-1, line, line < i32(uniforms.lines)),
  );
}
${places}`,
    begin: 'depth = uniforms.depth; findPlaces(firstLine);',
    positions: 'uniforms.depth',
    outcome: {
      shape: [1, lines, info.outChannels],
      store: `
  if (line < uniforms.lines && column < uniforms.columns) {
    result[(line * uniforms.columns + column) / ${storeWidth}u] = value * Scales[line / uniforms.linesOfScale];
  }`,
      width: storeWidth,
    },
  });
  const output = withScales(backend, scales, (factors) =>
    backend.runWebGPUProgram(program, [flat(x), flat(filter), factors], 'float32', [
      ...unsigned(lines, info.outChannels, depth, lines / factors.shape[0]!),
      ...signed([info.inChannels], [info.filterWidth]),
      ...signed([info.inHeight, info.inWidth], [info.outHeight, info.outWidth]),
      ...signed([info.strideHeight, info.strideWidth], [info.padInfo.top, info.padInfo.left]),
    ]),
  );
  return reshaped(output, info.outShape);
}

export const integerConv2dConfig = integerOperations.conv2d.on(
  webGpuBackend,
  (backend, inputs, attributes) => scaledConv2d(backend, inputs, attributes, 'int8'),
);
export const float16Conv2dConfig = float16Operations.conv2d.on(
  webGpuBackend,
  (backend, inputs, attributes) => scaledConv2d(backend, inputs, attributes, 'float16'),
);
