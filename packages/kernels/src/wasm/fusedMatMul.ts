import * as tf from '@tensorflow/tfjs-core';
import type { WasmBackend } from '../simd/wasmBackend.ts';
import { callKernel } from './callKernel.ts';

interface Attributes {
  readonly transposeA: boolean;
  readonly transposeB: boolean;
  readonly activation: string;
  readonly leakyreluAlpha?: number;
}

/** Kernels of the activations that the stock kernel has. */
const activations = new Map([
  ['relu', tf.Relu],
  ['relu6', tf.Relu6],
  ['sigmoid', tf.Sigmoid],
  ['elu', tf.Elu],
]);

/**
 * A product, a bias and an activation. The stock kernel adds the bias to the first row only where
 * operands are batched or transposed: these are computed one after the other.
 *
 * @param stock the backend's own kernel
 */
function fusedMatMulKernel(stock: tf.KernelFunc): tf.KernelFunc {
  return (call) => {
    const { transposeA, transposeB, activation, leakyreluAlpha } =
      call.attrs as unknown as Attributes;
    const { a, b, bias, preluActivationWeights } = call.inputs;
    const products = tf.util.sizeFromShape(a!.shape.slice(0, -2));
    const inner = a!.shape.at(transposeA ? -2 : -1);
    const isPlain = products === 1 && !transposeA && !transposeB && inner !== 0;
    if (isPlain) return stock(call);
    const alpha = { alpha: leakyreluAlpha ?? 0 };
    const steps: ((x: tf.TensorInfo) => tf.TensorInfo)[] = [];
    const backend = call.backend as WasmBackend;
    if (bias) steps.push((x) => callKernel(tf.Add, backend, { a: x, b: bias }));
    const kernel = activations.get(activation);
    if (kernel) steps.push((x) => callKernel(kernel, backend, { x }));
    else if (activation === 'leakyrelu')
      steps.push((x) => callKernel(tf.LeakyRelu, backend, { x }, alpha));
    else if (activation === 'prelu')
      steps.push((x) => callKernel(tf.Prelu, backend, { x, alpha: preluActivationWeights! }));
    // The stock kernel says that it has no other.
    else if (activation !== 'linear') return stock(call);
    let result = callKernel(tf.BatchMatMul, backend, { a: a!, b: b! }, { transposeA, transposeB });
    for (const step of steps) {
      const next = step(result);
      backend.disposeData(result.dataId);
      result = next;
    }
    return result;
  };
}

export const fusedMatMulWrapper = {
  kernelName: tf._FusedMatMul,
  backendName: 'wasm',
  wrap: fusedMatMulKernel,
};
