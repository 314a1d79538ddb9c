import type * as tf from '@tensorflow/tfjs-core';
import { chosen, isInImage, widthOf, type LinesOfExample } from './tileOperands.ts';
import { signed } from '../webGpuBackend.ts';

/**
 * The images of a convolution, input `A`, as its filter sees them: lines are taps and channels,
 * positions the pixels of the output.
 */
export function windowLines(info: tf.backend_util.Conv2DInfo): LinesOfExample {
  const width = widthOf(info.inChannels);
  return {
    operand: {
      along: 'lines',
      width,
      read: `
  let tap = i32(line) / uniforms.channels;
  let output = vec2<i32>(i32(position) / uniforms.outWidth, i32(position) % uniforms.outWidth);
  let pixel = output * uniforms.strides - uniforms.padding
    + vec2<i32>(tap / uniforms.filterWidth, tap % uniforms.filterWidth);
  let row = (i32(example) * uniforms.imageSize.x + pixel.x) * uniforms.imageSize.y + pixel.y;
  ${chosen(
    `line < uniforms.lines && position < uniforms.positions && example < uniforms.examples && ${isInImage}`,
    'A',
    `u32(row * uniforms.channels + i32(line) % uniforms.channels) / ${width}u`,
    width,
  )}`,
    },
    uniforms:
      'channels : i32, filterWidth : i32, outWidth : i32, imageSize : vec2<i32>, ' +
      'strides : vec2<i32>, padding : vec2<i32>,',
    values: [
      ...signed([info.inChannels], [info.filterWidth], [info.outWidth]),
      ...signed([info.inHeight, info.inWidth], [info.strideHeight, info.strideWidth]),
      ...signed([info.padInfo.top, info.padInfo.left]),
    ],
  };
}
