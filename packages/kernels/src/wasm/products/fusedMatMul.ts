import * as tf from '@tensorflow/tfjs-core';
import { tensorflowOperations, type KernelOf } from '@dpquant/operations';
import { wasmBackend, type WasmBackend } from '../module/wasmBackend.ts';
import { afterSteps, fusedSteps } from './fusedSteps.ts';

type FusedMatMulKernel = KernelOf<typeof tensorflowOperations.fusedMatMul, WasmBackend>;

/**
 * A product, a bias and an activation. If operands are batched or transposed, the stock kernel adds
 * the bias only to the first row; the three operations are then computed one after the other.
 *
 * @param stock the backend's own kernel
 */
function fusedMatMulKernel(stock: FusedMatMulKernel): FusedMatMulKernel {
  return (backend, inputs, attributes) => {
    const { transposeA, transposeB } = attributes;
    const { a, b } = inputs;
    const products = tf.util.sizeFromShape(a.shape.slice(0, -2));
    const inner = a.shape.at(transposeA ? -2 : -1);
    const isPlain = products === 1 && !transposeA && !transposeB && inner !== 0;
    if (isPlain) return stock(backend, inputs, attributes);
    const steps = fusedSteps(backend, inputs, attributes);
    // The stock kernel throws, and lists the activations that it has.
    if (steps === null) return stock(backend, inputs, attributes);
    const product = tensorflowOperations.batchMatMul.kernelOf(wasmBackend);
    return afterSteps(backend, product(backend, { a, b }, { transposeA, transposeB }), steps);
  };
}

export const fusedMatMulWrapper = tensorflowOperations.fusedMatMul.around(
  wasmBackend,
  fusedMatMulKernel,
);
