import type * as tfl from '@tensorflow/tfjs-layers';

/**
 * The shape [.., channels] that `Flatten` has made the features of a layer's input of; null where
 * nothing was flattened. PyTorch flattens [channels, ..]: the order of the features is another.
 *
 * @throws RangeError where the order cannot be told
 */
export function flattenedShape(layer: tfl.layers.Layer): readonly number[] | null {
  const [node] = layer.inboundNodes;
  const sources = node?.inboundLayers ?? [];
  const shapes = sources.map((source) => shapeOfOutput(source));
  const flattened = shapes.find((shape) => shape !== null) ?? null;
  if (flattened && sources.length > 1) throw unknownOrder(layer, 'joins flattened inputs');
  return flattened;
}

function shapeOfOutput(layer: tfl.layers.Layer): readonly number[] | null {
  const [node] = layer.inboundNodes;
  const { outputShape } = layer;
  if (!node || !isFlat(outputShape)) return null;
  const inputShape = node.inputShapes[0];
  if (layer.getClassName() === 'Flatten') {
    return (inputShape as number[]).slice(1);
  }
  if (/^(Reshape|Permute|RepeatVector)$/.test(layer.getClassName())) {
    throw unknownOrder(layer, 'makes features of an image');
  }
  // A dense layer has features of its own, a pooling layer those of the channels.
  return layer.getClassName() === 'Dense' || !isFlat(inputShape) ? null : flattenedShape(layer);
}

/** Whether there is one shape, and that is [n, features]. */
function isFlat(shape: unknown): boolean {
  return Array.isArray(shape) && shape.length === 2 && !Array.isArray(shape[0]);
}

function unknownOrder(layer: tfl.layers.Layer, what: string): RangeError {
  return new RangeError(
    `layer "${layer.name}" (${layer.getClassName()}) ${what}: the order of its features in PyTorch cannot be ` +
      'told; flatten once, with Flatten, right before the dense layer',
  );
}
