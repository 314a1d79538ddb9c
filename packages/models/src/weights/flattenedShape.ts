import type * as tfl from '@tensorflow/tfjs-layers';
import { layerKinds } from './layerKinds.ts';
import { sourceLayersOf } from './sourceLayers.ts';

/**
 * The shape [.., channels] of the image from which a layer's input features were flattened, if
 * PyTorch has these features in another order: it flattens [channels, ..]. Null if the order is the
 * same.
 *
 * - `Flatten`, and `Reshape` to one axis, change the order for outputs of convolutions, pooling and
 *   similar layers, and for inputs of three axes or more. The order stays the same for inputs of
 *   two axes, embeddings, dense and recurrent layers.
 * - Models nested in `model` are followed from inside and outside.
 *
 * @throws RangeError if the order is unknown
 */
export function flattenedShape(
  layer: tfl.layers.Layer,
  model: tfl.LayersModel,
): readonly number[] | null {
  const sourcesOf = sourceLayersOf(model);
  const found = new Map<tfl.layers.Layer, readonly number[] | null>();

  /** The result for the input of a layer; all its sources must agree. */
  const ofInput = (to: tfl.layers.Layer): readonly number[] | null => {
    const calls = sourcesOf(to);
    const shapes = calls.flat().map(ofOutput);
    const [first = null] = shapes;
    if (shapes.some((shape) => shape?.join() !== first?.join())) {
      throw unknownOrder(to, 'takes features of several orders');
    }
    if (first && to.getClassName() === 'Concatenate' && calls.some(({ length }) => length > 1)) {
      throw unknownOrder(to, 'joins flattened inputs');
    }
    return first;
  };

  const ofOutput = (from: tfl.layers.Layer): readonly number[] | null => {
    if (!found.has(from)) found.set(from, answerFor(from));
    return found.get(from)!;
  };

  const answerFor = (from: tfl.layers.Layer): readonly number[] | null => {
    const { layer: wrapped } = from as { layer?: tfl.layers.Layer };
    const className = (wrapped ?? from).getClassName();
    if (layerKinds.get(className)?.makesFeatures) return null;
    if (!/^(Flatten|Reshape)$/.test(className)) return ofInput(from);
    if (wrapped) throw unknownOrder(from, 'flattens at each position');
    const before = sizesOf(from.inboundNodes[0]?.inputShapes[0]);
    const after = sizesOf(from.inboundNodes[0]?.outputShapes[0]);
    if (!before || !after) throw unknownOrder(from, 'has several inputs');
    // If the last axis is unchanged, or there is only one axis, features keep their order.
    const isOneAxis = countLong(before) < 2;
    if (before.at(-1) === after.at(-1) || (isOneAxis && countLong(after) < 2)) return ofInput(from);
    if (isOneAxis) return isData(from) ? null : split(from);
    if (after.length > 1) throw unknownOrder(from, 'makes features of an image');
    if (channelsOf(from) === 'as here') return null;
    return before;
  };

  /** A Reshape of one axis: of features from a layer, PyTorch would make a different image. */
  const split = (from: tfl.layers.Layer): null => {
    if (layerKinds.get(layer.getClassName())?.channels !== 'first') return null;
    throw unknownOrder(from, 'makes an image of features');
  };

  /** Whether there are only layers without weights between a layer and the model's inputs. */
  const isData = (to: tfl.layers.Layer): boolean =>
    sourcesOf(to)
      .flat()
      .every(
        (source) =>
          source.getClassName() === 'InputLayer' || (source.weights.length === 0 && isData(source)),
      );

  /** PyTorch's axis order of a layer's input before it is flattened. */
  const channelsOf = (to: tfl.layers.Layer): 'first' | 'as here' => {
    const orders = new Set(sourcesOf(to).flat().map(channelsFrom));
    const [order] = orders;
    if (!order || orders.size > 1) throw unknownOrder(to, 'flattens values of several orders');
    return order;
  };

  const channelsFrom = (from: tfl.layers.Layer): 'first' | 'as here' => {
    const axes = sizesOf(from.outputShape)?.length ?? 0;
    if (from.getClassName() === 'InputLayer') return axes > 2 ? 'first' : 'as here';
    const kind = layerKinds.get(from.getClassName());
    const { dataFormat } = from as { dataFormat?: string };
    if (!kind || dataFormat === 'channelsFirst') {
      throw unknownOrder(from, 'comes before features of an image');
    }
    if (kind.channels === null) return channelsOf(from);
    if (kind.channels === 'as here' && axes > 2) {
      throw unknownOrder(from, 'makes features of an image');
    }
    return kind.channels;
  };

  return ofInput(layer);
}

/** Number of axes longer than one. */
function countLong(sizes: readonly number[]): number {
  return sizes.filter((size) => size !== 1).length;
}

/** The sizes of a shape without the batch axis; undefined for several shapes. */
function sizesOf(shape: unknown): readonly number[] | undefined {
  if (!Array.isArray(shape) || Array.isArray(shape[0])) return undefined;
  return (shape as (number | null)[]).slice(1).map((size) => size ?? 0);
}

function unknownOrder(layer: tfl.layers.Layer, what: string): RangeError {
  return new RangeError(
    `layer "${layer.name}" (${layer.getClassName()}) ${what}: the order of its features in PyTorch cannot be ` +
      'told; flatten once, with Flatten, right before the dense layer, or write a WeightNaming that has the order',
  );
}
