import * as tf from '@tensorflow/tfjs-core';
import { tensorflowOperations, type KernelOf } from '@dpquant/operations';
import { wasmBackend, type WasmBackend } from '../simd/wasmBackend.ts';

type FusedMatMulKernel = KernelOf<typeof tensorflowOperations.fusedMatMul, WasmBackend>;

const { add, batchMatMul, elu, leakyRelu, prelu, relu, relu6, sigmoid } = tensorflowOperations;

/** Activations of one tensor that the stock kernel has. */
const activations = new Map([
  ['relu', relu],
  ['relu6', relu6],
  ['sigmoid', sigmoid],
  ['elu', elu],
]);

/**
 * A product, a bias and an activation. The stock kernel adds the bias to the first row only where
 * operands are batched or transposed: these are computed one after the other.
 *
 * @param stock the backend's own kernel
 */
function fusedMatMulKernel(stock: FusedMatMulKernel): FusedMatMulKernel {
  return (backend, inputs, attributes) => {
    const { transposeA, transposeB, activation, leakyreluAlpha } = attributes;
    const { a, b, bias, preluActivationWeights } = inputs;
    const products = tf.util.sizeFromShape(a.shape.slice(0, -2));
    const inner = a.shape.at(transposeA ? -2 : -1);
    const isPlain = products === 1 && !transposeA && !transposeB && inner !== 0;
    if (isPlain) return stock(backend, inputs, attributes);
    const steps: ((x: tf.TensorInfo) => tf.TensorInfo)[] = [];
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
      // The stock kernel says that it has no other.
      return stock(backend, inputs, attributes);
    }
    const product = batchMatMul.kernelOf(wasmBackend);
    let result = product(backend, { a, b }, { transposeA, transposeB });
    for (const step of steps) {
      const next = step(result);
      backend.disposeData(result.dataId);
      result = next;
    }
    return result;
  };
}

export const fusedMatMulWrapper = tensorflowOperations.fusedMatMul.around(
  wasmBackend,
  fusedMatMulKernel,
);
