import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import { trainableVariables } from '@dpquant/gradients';

/** Which weights of a model are handed over: the frozen ones once, at first. */
export type WeightsPart = 'all' | 'trainable';

/**
 * Weights in an order that is the same in every process: their names are not.
 *
 * @throws Error for weights of another type than float32
 */
function tensorsOf(model: tfl.LayersModel, part: WeightsPart): tf.Tensor[] {
  const tensors: tf.Tensor[] = part === 'all' ? model.getWeights() : trainableVariables(model);
  const other = tensors.find(({ dtype }) => dtype !== 'float32');
  if (!other) return tensors;
  throw new Error(
    `model: a weight of the shape ${other.shape.join('×')} is of type ${other.dtype}; only float32 weights are handed to other ranks`,
  );
}

/** Shapes of all weights, as text: of models of the same layers the same. */
export function weightShapes(model: tfl.LayersModel): string {
  const shapesOf = (part: WeightsPart) =>
    tensorsOf(model, part)
      .map(({ shape }) => shape.join('×') || 'scalar')
      .join(' ');
  return `${shapesOf('all')}; trained: ${shapesOf('trainable')}`;
}

/** Room for the weights. */
export function weightsBuffer(model: tfl.LayersModel, part: WeightsPart): Float32Array {
  return new Float32Array(tensorsOf(model, part).reduce((sum, { size }) => sum + size, 0));
}

/** Copies the weights of a model, one after the other. */
export async function readWeights(
  model: tfl.LayersModel,
  part: WeightsPart,
  into: Float32Array,
): Promise<void> {
  let offset = 0;
  for (const tensor of tensorsOf(model, part)) {
    into.set(await tensor.data(), offset);
    offset += tensor.size;
  }
}

/** Gives a model the weights that `readWeights` has copied from another one. */
export function writeWeights(
  model: tfl.LayersModel,
  part: WeightsPart,
  values: Float32Array,
): void {
  let offset = 0;
  const tensors = tensorsOf(model, part).map(({ shape, size }) => {
    const tensor = tf.tensor(values.slice(offset, offset + size), shape, 'float32');
    offset += size;
    return tensor;
  });
  try {
    if (part === 'all') model.setWeights(tensors);
    else trainableVariables(model).forEach((variable, i) => variable.assign(tensors[i]!));
  } finally {
    tf.dispose(tensors);
  }
}
