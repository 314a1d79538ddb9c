import * as tf from '@tensorflow/tfjs-core';
import { quantizerKernels, type QuantizeAttributes } from '@dpquant/quantization';
import { simdModule } from '../simd/simdModule.ts';
import { addressOf, withScratch, type WasmBackend } from '../simd/wasmBackend.ts';

const scratchBytes = 64;

/** See `quantizerKernels` of quantization, which defines what it computes. */
function quantizeLuqFp4(
  backend: WasmBackend,
  x: tf.TensorInfo,
  { groups, key, step, rows, viewsAndDraws }: QuantizeAttributes,
): tf.TensorInfo[] {
  const module = simdModule(backend);
  return withScratch(backend, scratchBytes, (scratch) => {
    const codes = backend.makeOutput(x.shape, 'float32');
    const [source, target] = [addressOf(backend, x), addressOf(backend, codes)];
    const size = tf.util.sizeFromShape(x.shape) / groups;
    const scales = Float32Array.from({ length: groups }, (_, group) =>
      module.quantizeLuqFp4(
        source + group * size * 4,
        target + group * size * 4,
        size,
        key[0],
        key[1],
        rows[group]!,
        viewsAndDraws[group]!,
        step,
        scratch,
      ),
    );
    return [codes, tf.tensor1d(scales)];
  });
}

export const quantizeLuqFp4Config: tf.KernelConfig = {
  kernelName: quantizerKernels.luqFp4,
  backendName: 'wasm',
  kernelFunc: ({ inputs, attrs, backend }) =>
    quantizeLuqFp4(backend as WasmBackend, inputs['x']!, attrs as unknown as QuantizeAttributes),
};
