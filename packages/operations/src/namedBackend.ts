import * as tf from '@tensorflow/tfjs-core';

/** A TensorFlow.js backend, with the type of the members that kernels use. */
export interface NamedBackend<Backend extends object> {
  readonly name: string;
  /** The backend as started; null if it was not started. */
  find(): Backend | null;
}

/**
 * Names a backend and gives it a type: TensorFlow.js passes the backend to kernels untyped. The
 * type is not checked.
 */
export function backendNamed<Backend extends object>(name: string): NamedBackend<Backend> {
  return {
    name,
    find: () => tf.findBackend(name) as object | null as Backend | null,
  };
}
