import type * as tfl from '@tensorflow/tfjs-layers';

/** The place of a layer's weight in a file. */
export interface StoredWeight {
  readonly name: string;
  /** Shape in the file. */
  readonly shape: readonly number[];
  /**
   * The shape of the layer's weight in row-major order, with separate axes for all that are
   * permuted.
   */
  readonly view: readonly number[];
  /** For each axis in the file, its axis in `view`; axes are then merged to `shape`. */
  readonly axes: readonly number[];
}

/**
 * Names and layouts of a layer's weights in a kind of file, in the order of `layer.weights`.
 *
 * @throws RangeError for a layer that this kind of file does not support
 */
export type WeightNaming = (
  layer: tfl.layers.Layer,
  model: tfl.LayersModel,
) => readonly StoredWeight[];

/** Names and layouts of TensorFlow.js: `conv1/kernel`, in the layout of the layer. */
export const layersNaming: WeightNaming = (layer) =>
  layer.weights.map(({ originalName, shape }) => {
    const sizes = shape as number[];
    return { name: originalName, shape: sizes, view: sizes, axes: sizes.map((_, i) => i) };
  });

/** The name of a weight within its layer in TensorFlow.js: kernel, bias, gamma … */
export function ownName({ originalName }: tfl.LayerVariable): string {
  return originalName.slice(originalName.lastIndexOf('/') + 1);
}
