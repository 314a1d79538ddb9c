import * as tf from '@tensorflow/tfjs-core';
import { quantizerKernels, type QuantizeAttributes } from '@dpquant/quantization';
import { runCalls, type SimdCall } from '../simd/runCalls.ts';
import { addressOf, type WasmBackend } from '../simd/wasmBackend.ts';

const scratchBytes = 64;

/** See `quantizerKernels` of quantization, which defines what it computes. */
function quantizeLuqFp4(
  backend: WasmBackend,
  x: tf.TensorInfo,
  { groups, key, step, rows, viewsAndDraws }: QuantizeAttributes,
): tf.TensorInfo[] {
  const codes = backend.makeOutput(x.shape, 'float32');
  const scales = backend.makeOutput([groups], 'float32');
  const [source, target] = [addressOf(backend, x), addressOf(backend, codes)];
  const scaleTarget = addressOf(backend, scales);
  const size = tf.util.sizeFromShape(x.shape) / groups;
  const calls = Array.from({ length: groups }, (_, group): SimdCall<'quantizeLuqFp4'> => [
    source + group * size * 4,
    target + group * size * 4,
    scaleTarget + group * 4,
    size,
    ...key,
    rows[group]!,
    viewsAndDraws[group]!,
    step,
  ]);
  runCalls(backend, 'quantizeLuqFp4', calls, scratchBytes);
  return [codes, scales];
}

export const quantizeLuqFp4Config: tf.KernelConfig = {
  kernelName: quantizerKernels.luqFp4,
  backendName: 'wasm',
  kernelFunc: ({ inputs, attrs, backend }) =>
    quantizeLuqFp4(backend as WasmBackend, inputs['x']!, attrs as unknown as QuantizeAttributes),
};
