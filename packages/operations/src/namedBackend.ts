import * as tf from '@tensorflow/tfjs-core';

/** A backend of TensorFlow.js, with the type of what is used of it. */
export interface NamedBackend<Backend extends object> {
  readonly name: string;
  /** The backend as it was started; null where it was not. */
  find(): Backend | null;
}

/**
 * Names a backend and says what kernels use of it: TensorFlow.js hands every kernel its backend
 * without a type. The type is believed.
 */
export function backendNamed<Backend extends object>(name: string): NamedBackend<Backend> {
  return {
    name,
    find: () => tf.findBackend(name) as object | null as Backend | null,
  };
}
