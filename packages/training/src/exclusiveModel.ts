import type * as tfl from '@tensorflow/tfjs-layers';

const inUse = new WeakSet<tfl.LayersModel>();

/**
 * Runs `work` with exclusive use of a model whose weights it changes. Two trainings of one model at
 * the same time would each continue from the weights of the other, and both would spend privacy
 * budget.
 *
 * @throws Error while other work uses the model
 */
export async function withExclusiveModel<T>(
  model: tfl.LayersModel,
  work: () => Promise<T>,
): Promise<T> {
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
