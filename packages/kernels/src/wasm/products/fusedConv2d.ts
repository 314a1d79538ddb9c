import * as tf from '@tensorflow/tfjs-core';
import { tensorflowOperations, type KernelOf } from '@dpquant/operations';
import { wasmBackend, type WasmBackend } from '../module/wasmBackend.ts';
import { conv2d, isFasterThanStock } from './conv2d.ts';
import { convolutionInfo, runStockConvolution } from './convolutionWindows.ts';
import { emptyOutput } from './emptyOutput.ts';
import { afterSteps, fusedSteps } from './fusedSteps.ts';

type FusedConv2dKernel = KernelOf<typeof tensorflowOperations.fusedConv2d, WasmBackend>;

/**
 * A convolution, a bias and an activation, as layers compute them outside private training. Where
 * our convolution is faster than the stock one, this computes `Conv2D`, addition and activation one
 * after the other, with the same bits as these operations (the stock kernel adds to the bias and
 * rounds differently). Left to the stock kernel: convolutions that are small, dilated, not in
 * float32, in another format or without inputs, with a bias of another shape than [channels], or
 * with an activation that is not one of its own.
 *
 * @param stock the backend's own kernel
 */
function fusedConv2dKernel(stock: FusedConv2dKernel): FusedConv2dKernel {
  return (backend, inputs, attributes) => {
    const { x, filter, bias } = inputs;
    const { dataFormat }: Partial<tf.FusedConv2DAttrs> = attributes;
    // The stock kernel throws for other formats.
    if ((dataFormat ?? 'NHWC') !== 'NHWC') return stock(backend, inputs, attributes);
    const info = convolutionInfo(inputs, attributes, false);
    const empty = emptyOutput(tf.FusedConv2D, info);
    if (empty) return empty;
    const hasBiasOfChannels = !bias || tf.util.arraysEqual(bias.shape, [info.outChannels]);
    const steps =
      hasBiasOfChannels && isFasterThanStock(x, filter, info)
        ? fusedSteps(backend, inputs, attributes)
        : null;
    return steps === null
      ? runStockConvolution(stock, backend, inputs, attributes, info)
      : afterSteps(backend, conv2d(backend, x, filter, info), steps);
  };
}

export const fusedConv2dWrapper = tensorflowOperations.fusedConv2d.around(
  wasmBackend,
  fusedConv2dKernel,
);
