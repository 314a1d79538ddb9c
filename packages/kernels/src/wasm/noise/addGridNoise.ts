import * as tf from '@tensorflow/tfjs-core';
import { noiseOperations, type GridNoiseAttributes } from '@dpquant/mechanisms';
import { gridNoiseScale } from '@dpquant/random';
import { runCalls, type WasmCall } from '../module/runCalls.ts';
import { withSecretWords } from './secretWords.ts';
import { wasmModule } from '../module/wasmModule.ts';
import { addressOf, wasmBackend, type WasmBackend } from '../module/wasmBackend.ts';

/** Number of values per call: a multiple of 128, whose words are 32 blocks of ChaCha20. */
const most = 16_384;
const blocksOfCall = (most / 128) * 32;

/** See `noiseOperations` of mechanisms, which defines what it computes. */
function addGridNoise(
  backend: WasmBackend,
  values: tf.TensorInfo,
  { key, deviation }: GridNoiseAttributes,
): tf.TensorInfo {
  const { cellDeviation, shift } = gridNoiseScale(deviation);
  const size = tf.util.sizeFromShape(values.shape);
  const noisy = backend.makeOutput(values.shape, 'int32');
  const [source, target] = [addressOf(backend, values), addressOf(backend, noisy)];
  withSecretWords(backend, key, (keyAddress) => {
    const count = { length: Math.ceil(size / most) };
    const calls = Array.from(count, (_, i): WasmCall<'addGridNoise'> => [
      keyAddress,
      i * blocksOfCall,
      source + i * most * 4,
      target + i * most * 4,
      Math.min(most, size - i * most),
      cellDeviation,
      shift,
    ]);
    runCalls(backend, 'addGridNoise', calls, wasmModule(backend).addGridNoiseScratch());
  });
  return noisy;
}

export const addGridNoiseConfig = noiseOperations.grid.on(
  wasmBackend,
  (backend, { values }, attributes) => addGridNoise(backend, values, attributes),
);
