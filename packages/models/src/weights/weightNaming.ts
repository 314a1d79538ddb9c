import type * as tfl from '@tensorflow/tfjs-layers';

/** Where a weight of a layer is in a file. */
export interface StoredWeight {
  readonly name: string;
  /** Shape in the file. */
  readonly shape: readonly number[];
  /** The weight of the layer in row-major order, with all axes told apart that move. */
  readonly view: readonly number[];
  /** Which axis of `view` each axis in the file is, before some of these are joined to `shape`. */
  readonly axes: readonly number[];
}

/**
 * How a kind of file names and lays out the weights of a layer of a model, in the order of
 * `layer.weights`.
 *
 * @throws RangeError for a layer that this kind of file has no place for
 */
export type WeightNaming = (
  layer: tfl.layers.Layer,
  model: tfl.LayersModel,
) => readonly StoredWeight[];

/** As TensorFlow.js saves them: `conv1/kernel`, in the layout of the layer. */
export const layersNaming: WeightNaming = (layer) =>
  layer.weights.map(({ originalName, shape }) => {
    const sizes = shape as number[];
    return { name: originalName, shape: sizes, view: sizes, axes: sizes.map((_, i) => i) };
  });

/** What TensorFlow.js calls a weight within its layer: kernel, bias, gamma … */
export function ownName({ originalName }: tfl.LayerVariable): string {
  return originalName.slice(originalName.lastIndexOf('/') + 1);
}
