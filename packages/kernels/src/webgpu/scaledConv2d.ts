import * as tf from '@tensorflow/tfjs-core';
import { float16Kernels, integerKernels } from '@dpquant/quantization';
import type { Shape4D, WindowAttributes } from '../windows.ts';
import { TiledProductProgram, type Elements } from './tiledProduct.ts';
import { chosen, isInImage, matrixOperand, widthOf } from './tileOperands.ts';
import {
  flat,
  reshaped,
  signed,
  unsigned,
  withScales,
  type WebGpuBackend,
} from './webGpuBackend.ts';

interface InputGradientAttributes extends WindowAttributes {
  readonly inputShape: Shape4D;
}

/**
 * WGSL: where the lines of a tile lie, each found once. `x`: first pixel of the image that is read; `y`, `z`:
 * row and column there that the first tap sees; `w`: the pixel of the output, negative beyond the last line.
 */
const places = `
var<workgroup> places: array<vec4<i32>, tileLines>;

fn findPlaces(firstLine: u32) {
  for (var i = localIndex; i < tileLines; i += 64u) {
    places[i] = placeOf(i32(firstLine + i));
  }
  workgroupBarrier();
}
`;

/**
 * WGSL: body of a read along the channels of the pixel that a tap of a line's window sees.
 *
 * @param away how far it lies from the first tap's pixel
 */
function readOfWindow(input: string, width: 1 | 4, away: string): string {
  return `
  let place = places[line % tileLines];
  let tap = i32(position) / uniforms.channels;
  let pixel = place.yz + ${away};
  let first = (place.x + pixel.x * uniforms.imageSize.y + pixel.y) * uniforms.channels;
  ${chosen(
    `place.w >= 0 && position < depth && ${isInImage}`,
    input,
    `u32(first + i32(position) % uniforms.channels) / ${width}u`,
    width,
  )}`;
}

/** See `integerKernels` and `float16Kernels` of quantization, which define what it computes. */
export function scaledConv2d(
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
  const program = new TiledProductProgram({
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

/**
 * See `integerKernels` and `float16Kernels` of quantization, which define what it computes. Pixels of the input that lie alike
 * between the windows' steps are reached by the same part of the filter: they are a part of the workgroups
 * of their own, so that no zeros between the steps are multiplied.
 */
export function scaledConv2dInputGradient(
  backend: WebGpuBackend,
  { dy, filter, scales }: { dy: tf.TensorInfo; filter: tf.TensorInfo; scales?: tf.TensorInfo },
  { strides, pad, dimRoundingMode, inputShape }: InputGradientAttributes,
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
  const program = new TiledProductProgram({
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

/** Which taps reach the pixels of this part: every so many from the first. */
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

function configs(
  kernels: { readonly conv2d: string; readonly conv2dInputGradient: string },
  elements: Elements,
): tf.KernelConfig[] {
  return [
    {
      kernelName: kernels.conv2d,
      backendName: 'webgpu',
      kernelFunc: ({ inputs, attrs, backend }) =>
        scaledConv2d(
          backend as unknown as WebGpuBackend,
          inputs as unknown as Parameters<typeof scaledConv2d>[1],
          attrs as unknown as WindowAttributes,
          elements,
        ),
    },
    {
      kernelName: kernels.conv2dInputGradient,
      backendName: 'webgpu',
      kernelFunc: ({ inputs, attrs, backend }) =>
        scaledConv2dInputGradient(
          backend as unknown as WebGpuBackend,
          inputs as unknown as Parameters<typeof scaledConv2dInputGradient>[1],
          attrs as unknown as InputGradientAttributes,
          elements,
        ),
    },
  ];
}

export const integerConv2dConfigs = configs(integerKernels, 'int8');
export const float16Conv2dConfigs = configs(float16Kernels, 'float16');
