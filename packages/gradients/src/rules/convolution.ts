import type { Conv2dGeometry } from '@dpquant/quantization';
import type * as tfl from '@tensorflow/tfjs-layers';

/** Properties that all convolutional layers of TensorFlow.js have. */
export interface ConvolutionLayer extends tfl.layers.Layer {
  readonly kernelSize: number[];
  readonly strides: number[];
  readonly padding: string;
  readonly dilationRate: number | number[];
  readonly dataFormat: string;
}

/** The geometry of a layer's convolution for images of a given shape. */
export function convolutionGeometry(
  layer: tfl.layers.Layer,
  inputShape: readonly number[],
  filterShape: readonly number[],
): Conv2dGeometry {
  const { strides, padding } = layer as ConvolutionLayer;
  return {
    inputShape: inputShape as [number, number, number, number],
    filterShape: filterShape as [number, number, number, number],
    strides: strides as [number, number],
    padding: padding as 'same' | 'valid',
  };
}

/** Why a convolution's configuration is not supported, with the remedy; null if it is. */
export function convolutionProblem(layer: tfl.layers.Layer): string | null {
  const { dataFormat, dilationRate, padding } = layer as ConvolutionLayer;
  if (dataFormat !== undefined && dataFormat !== 'channelsLast') {
    return `its data format is ${dataFormat}; use channelsLast`;
  }
  if ([dilationRate ?? 1].flat().some((rate) => rate !== 1)) {
    return `its dilation rate is ${String(dilationRate)}; use a dilation rate of 1`;
  }
  if (padding !== 'same' && padding !== 'valid') {
    return `its padding is ${padding}; use same or valid`;
  }
  return null;
}
