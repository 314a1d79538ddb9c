import type * as tf from '@tensorflow/tfjs-core';
import { tensorflowOperations } from '@dpquant/operations';
import { wasmBackend, type WasmBackend } from '../module/wasmBackend.ts';

const { add, elu, leakyRelu, prelu, relu, relu6, sigmoid } = tensorflowOperations;

/** Activations of one tensor. */
const activations = new Map([
  ['relu', relu],
  ['relu6', relu6],
  ['sigmoid', sigmoid],
  ['elu', elu],
]);

interface FusedInputs {
  readonly bias?: tf.TensorInfo | undefined;
  readonly preluActivationWeights?: tf.TensorInfo | undefined;
}

interface FusedAttributes {
  readonly activation: string;
  readonly leakyreluAlpha?: number | undefined;
}

/** One of the operations that are fused to a product. */
export type FusedStep = (x: tf.TensorInfo) => tf.TensorInfo;

/**
 * The operations that are fused to a product, as separate operations: the bias and the activation.
 *
 * @returns null for an activation that TensorFlow.js's kernels do not have
 */
export function fusedSteps(
  backend: WasmBackend,
  { bias, preluActivationWeights }: FusedInputs,
  { activation, leakyreluAlpha }: FusedAttributes,
): FusedStep[] | null {
  const steps: FusedStep[] = [];
  if (bias) steps.push((x) => add.kernelOf(wasmBackend)(backend, { a: x, b: bias }, {}));
  const activate = activations.get(activation);
  if (activate) steps.push((x) => activate.kernelOf(wasmBackend)(backend, { x }, {}));
  else if (activation === 'leakyrelu') {
    const alpha = leakyreluAlpha ?? 0;
    steps.push((x) => leakyRelu.kernelOf(wasmBackend)(backend, { x }, { alpha }));
  } else if (activation === 'prelu') {
    const alpha = preluActivationWeights!;
    steps.push((x) => prelu.kernelOf(wasmBackend)(backend, { x, alpha }, {}));
  } else if (activation !== 'linear') {
    return null;
  }
  return steps;
}

/** The steps one after the other; `product` is disposed unless it is the result. */
export function afterSteps(
  backend: WasmBackend,
  product: tf.TensorInfo,
  steps: readonly FusedStep[],
): tf.TensorInfo {
  let result = product;
  for (const step of steps) {
    const next = step(result);
    backend.disposeData(result.dataId);
    result = next;
  }
  return result;
}
