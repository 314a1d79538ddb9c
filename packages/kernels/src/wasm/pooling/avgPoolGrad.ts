import * as tf from '@tensorflow/tfjs-core';
import { tensorflowOperations, type KernelOf } from '@dpquant/operations';
import { windowsOfGradients } from '../../gradientWindows.ts';
import { wasmBackend, type WasmBackend } from '../module/wasmBackend.ts';
import { exactPadding } from '../products/convolutionWindows.ts';

type AvgPoolGradKernel = KernelOf<typeof tensorflowOperations.avgPoolGrad, WasmBackend>;

/**
 * Gradient of average pooling. The WASM backend's own kernel computes the size of the output
 * gradients from the padding, and mixes examples where the forward pass rounded it differently. So
 * it is given the padding that yields their actual size.
 */
function avgPoolGradKernel(stock: AvgPoolGradKernel): AvgPoolGradKernel {
  return (backend, inputs, attributes) => {
    const { dy, input } = inputs;
    const { filterSize, strides, pad } = attributes;
    const info = tf.backend_util.computePool2DInfo(input.shape, filterSize, strides, 1, pad);
    const windows = windowsOfGradients(info, dy);
    const agrees = info.outHeight === windows.outHeight && info.outWidth === windows.outWidth;
    return stock(
      backend,
      inputs,
      agrees ? attributes : { ...attributes, pad: exactPadding(windows) },
    );
  };
}

export const avgPoolGradWrapper = tensorflowOperations.avgPoolGrad.around(
  wasmBackend,
  avgPoolGradKernel,
);
