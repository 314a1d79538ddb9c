import * as tf from '@tensorflow/tfjs-core';
import { gradientNormKernels } from '@dpquant/quantization';
import { simdModule } from '../simd/simdModule.ts';
import { addressOf, withScratch, type WasmBackend } from '../simd/wasmBackend.ts';
import type { Shape4D, WindowAttributes } from '../windows.ts';

interface Attributes {
  readonly isGhost: boolean;
}

interface Conv2DAttributes extends Attributes, WindowAttributes {
  readonly filterShape: Shape4D;
}

/** Bytes of the three squared norms of an example. */
const normBytes = 3 * 8;

/** Calls `normsOf` for every example, with where its inputs, output gradients and norms are. */
function forEachExample(
  backend: WasmBackend,
  a: tf.TensorInfo,
  dy: tf.TensorInfo,
  scratchBytes: number,
  normsOf: (inputs: number, gradients: number, target: number, scratch: number) => void,
): tf.TensorInfo {
  const n = a.shape[0]!;
  return withScratch(backend, scratchBytes, (scratch) => {
    const norms = backend.makeOutput([n, 3, 2], 'int32');
    const [inputs, gradients] = [addressOf(backend, a), addressOf(backend, dy)];
    const target = addressOf(backend, norms);
    const inputBytes = (tf.util.sizeFromShape(a.shape) / n) * 4;
    const gradientBytes = (tf.util.sizeFromShape(dy.shape) / n) * 4;
    for (let i = 0; i < n; i++) {
      normsOf(
        inputs + i * inputBytes,
        gradients + i * gradientBytes,
        target + i * normBytes,
        scratch,
      );
    }
    return norms;
  });
}

/** See `gradientNormKernels` of quantization, which defines what it computes. */
export function matMulGradientNorms(
  backend: WasmBackend,
  a: tf.TensorInfo,
  dy: tf.TensorInfo,
  { isGhost }: Attributes,
): tf.TensorInfo {
  const module = simdModule(backend);
  const p = a.shape.at(-1)!;
  const d = dy.shape.at(-1)!;
  const positions = tf.util.sizeFromShape(a.shape.slice(1, -1));
  const scratchBytes = module.matMulGradientNormScratch(positions, d, isGhost);
  return forEachExample(backend, a, dy, scratchBytes, (inputs, gradients, target, scratch) => {
    module.matMulGradientNorm(inputs, gradients, positions, p, d, isGhost, target, scratch);
  });
}

/** See `gradientNormKernels` of quantization, which defines what it computes. */
export function conv2dGradientNorms(
  backend: WasmBackend,
  a: tf.TensorInfo,
  dy: tf.TensorInfo,
  attributes: Conv2DAttributes,
): tf.TensorInfo {
  const { isGhost } = attributes;
  const module = simdModule(backend);
  const d = dy.shape.at(-1)!;
  setWindows(backend, a.shape as Shape4D, attributes);
  const scratchBytes = module.conv2dGradientNormScratch(d, isGhost);
  return forEachExample(backend, a, dy, scratchBytes, (image, gradients, target, scratch) => {
    module.conv2dGradientNorm(image, gradients, d, isGhost, target, scratch);
  });
}

/** Says to the module where the windows of a convolution lie. */
function setWindows(
  backend: WasmBackend,
  inputShape: Shape4D,
  { filterShape, strides, pad, dimRoundingMode }: Conv2DAttributes,
): void {
  const info = tf.backend_util.computeConv2DInfo(
    inputShape,
    filterShape,
    strides,
    1,
    pad,
    dimRoundingMode,
  );
  simdModule(backend).setWindows(
    info.inHeight,
    info.inWidth,
    info.inChannels,
    info.filterHeight,
    info.filterWidth,
    info.outHeight,
    info.outWidth,
    info.strideHeight,
    info.strideWidth,
    info.padInfo.top,
    info.padInfo.left,
  );
}

export const gradientNormConfigs: readonly tf.KernelConfig[] = [
  {
    kernelName: gradientNormKernels.matMul,
    backendName: 'wasm',
    kernelFunc: ({ inputs, attrs, backend }) =>
      matMulGradientNorms(
        backend as WasmBackend,
        inputs['a']!,
        inputs['dy']!,
        attrs as unknown as Attributes,
      ),
  },
  {
    kernelName: gradientNormKernels.conv2d,
    backendName: 'wasm',
    kernelFunc: ({ inputs, attrs, backend }) =>
      conv2dGradientNorms(
        backend as WasmBackend,
        inputs['a']!,
        inputs['dy']!,
        attrs as unknown as Conv2DAttributes,
      ),
  },
];
