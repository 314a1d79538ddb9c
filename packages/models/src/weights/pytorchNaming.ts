import type * as tfl from '@tensorflow/tfjs-layers';
import { flattenedShape } from './flattenedShape.ts';
import { ownName, type StoredWeight, type WeightNaming } from './weightNaming.ts';

/** Where PyTorch stores one weight of a module, given its shape in the layer. */
type Layout = (
  shape: readonly number[],
  layer: tfl.layers.Layer,
  model: tfl.LayersModel,
) => StoredWeight;

/** The same weight with permuted axes. */
function permuted(name: string, axes: readonly number[]): Layout {
  return (view) => ({ name, shape: axes.map((axis) => view[axis]!), view, axes });
}

const vector = (name: string) => permuted(name, [0]);
/** A convolution kernel; its input must have the same channels in PyTorch. */
const kernel =
  (layout: Layout): Layout =>
  (view, layer, model) => {
    if (flattenedShape(layer, model) === null) return layout(view, layer, model);
    throw new RangeError(
      `layer "${layer.name}" (${layer.getClassName()}) takes flattened features as channels, which PyTorch has in ` +
        'another order; write a WeightNaming that has the order',
    );
  };

const kernel1d = kernel(permuted('weight', [2, 1, 0]));
/**
 * [height, width, in, out] as [out, in, height, width]; for transposed convolutions, in and out are
 * swapped.
 */
const kernel2d = kernel(permuted('weight', [3, 2, 0, 1]));

/** [features, units] as [units, features]; features of flattened images have channels first. */
const denseKernel: Layout = ([features, units], layer, model) => {
  const image = flattenedShape(layer, model) ?? [features!];
  const channels = image.length - 1;
  const positions = image.slice(0, -1).map((_, axis) => axis);
  return {
    name: 'weight',
    shape: [units!, features!],
    view: [...image, units!],
    axes: [channels + 1, channels, ...positions],
  };
};

/** [height, width, channels, multiplier] as [channels · multiplier, 1, height, width]. */
const depthwiseKernel: Layout = kernel((view) => {
  const [height, width, channels, multiplier] = view as [number, number, number, number];
  const shape = [channels * multiplier, 1, height, width];
  return { name: 'weight', shape, view, axes: [2, 3, 0, 1] };
});

/** One value per feature; refused after an image was flattened, because PyTorch's order differs. */
const perChannel =
  (name: string): Layout =>
  (view, layer, model) => {
    const image = (view.length === 1 ? flattenedShape(layer, model) : null) ?? [1];
    if (image.slice(0, -1).some((size) => size > 1) && image.at(-1)! > 1) {
      throw new RangeError(
        `layer "${layer.name}" (${layer.getClassName()}) normalizes flattened features, whose order PyTorch has ` +
          'otherwise; normalize before flattening',
      );
    }
    return vector(name)(view, layer, model);
  };

const normalization = { gamma: perChannel('weight'), beta: perChannel('bias') };

const layouts: Readonly<Record<string, Readonly<Record<string, Layout>>>> = {
  Dense: { kernel: denseKernel, bias: vector('bias') },
  Conv1D: { kernel: kernel1d, bias: vector('bias') },
  Conv2D: { kernel: kernel2d, bias: vector('bias') },
  Conv2DTranspose: { kernel: kernel2d, bias: vector('bias') },
  DepthwiseConv2D: { depthwise_kernel: depthwiseKernel, bias: vector('bias') },
  Embedding: { embeddings: permuted('weight', [0, 1]) },
  GroupNormalization: normalization,
  LayerNormalization: normalization,
  BatchNormalization: {
    ...normalization,
    moving_mean: perChannel('running_mean'),
    moving_variance: perChannel('running_var'),
  },
};

/**
 * Names and layouts of a PyTorch state dict: `layer1.0.conv1.weight`, convolutions [out, in,
 * height, width], dense layers [out, in], flattened images channels first.
 *
 * The layers must also *compute* the same, which no file records: see the README on padding and ε.
 *
 * @param moduleOf path of a layer's module. Default: the layer's name, with `.` for `/`
 */
export function pytorchNaming(
  moduleOf: (layer: string) => string = (layer) => layer.replaceAll('/', '.'),
): WeightNaming {
  return (layer, model) =>
    layer.weights.map((weight) => {
      const layout = layouts[layer.getClassName()]?.[ownName(weight)];
      if (!layout) {
        throw new RangeError(
          `layer "${layer.name}" (${layer.getClassName()}): its weight "${ownName(weight)}" has no counterpart ` +
            `in a PyTorch file; known are ${Object.keys(layouts).join(', ')}`,
        );
      }
      const stored = layout(weight.shape as number[], layer, model);
      return { ...stored, name: `${moduleOf(layer.name)}.${stored.name}` };
    });
}
