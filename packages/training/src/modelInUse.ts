import type * as tfl from '@tensorflow/tfjs-layers';

const inUse = new WeakSet<tfl.LayersModel>();

/**
 * Does work that changes the weights of a model as the only one that does: two trainings at a time
 * would each step from the weights of the other, and both would spend for one model.
 *
 * @throws Error while other work has the model
 */
export async function asSoleUser<T>(model: tfl.LayersModel, work: () => Promise<T>): Promise<T> {
  if (inUse.has(model)) {
    throw new Error(
      `model: "${model.name}" is being trained or timed; wait for its end, or give each run a model of its own`,
    );
  }
  inUse.add(model);
  try {
    return await work();
  } finally {
    inUse.delete(model);
  }
}
