import * as tf from '@tensorflow/tfjs-core';
import { noiseOperations, type GaussianNoiseAttributes } from '@dpquant/mechanisms';
import { runCalls, type SimdCall } from '../simd/runCalls.ts';
import { withSecretWords } from '../simd/secretWords.ts';
import { simdModule } from '../simd/simdModule.ts';
import { addressOf, wasmBackend, type WasmBackend } from '../simd/wasmBackend.ts';

/** Values of one call: a multiple of 128, whose words are twelve blocks of ChaCha20. */
const most = 16_384;
const blocksOfCall = (most / 128) * 12;

/** See `noiseOperations` of mechanisms, which defines what it computes. */
function addGaussianNoise(
  backend: WasmBackend,
  values: tf.TensorInfo,
  { key, standardDeviation }: GaussianNoiseAttributes,
): tf.TensorInfo {
  const size = tf.util.sizeFromShape(values.shape);
  const noisy = backend.makeOutput(values.shape, 'float32');
  const [source, target] = [addressOf(backend, values), addressOf(backend, noisy)];
  withSecretWords(backend, key, (keyAddress) => {
    const count = { length: Math.ceil(size / most) };
    const calls = Array.from(count, (_, i): SimdCall<'addGaussianNoise'> => [
      keyAddress,
      i * blocksOfCall,
      source + i * most * 4,
      target + i * most * 4,
      Math.min(most, size - i * most),
      standardDeviation,
    ]);
    runCalls(backend, 'addGaussianNoise', calls, simdModule(backend).addGaussianNoiseScratch());
  });
  return noisy;
}

export const addGaussianNoiseConfig = noiseOperations.gaussian.on(
  wasmBackend,
  (backend, { values }, attributes) => addGaussianNoise(backend, values, attributes),
);
