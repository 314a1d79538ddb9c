import * as tf from '@tensorflow/tfjs-core';
import type { OperationKernel } from '@dpquant/operations';
import {
  quantizerOperations,
  type QuantizeAttributes,
  type QuantizeIntegersAttributes,
} from '@dpquant/quantization';
import { runCalls, type WasmCall } from '../module/runCalls.ts';
import { wasmModule } from '../module/wasmModule.ts';
import { addressOf, wasmBackend, type WasmBackend } from '../module/wasmBackend.ts';

/** A group of values, and the addresses for its codes and its scale. */
type Group = readonly [x: number, codes: number, scale: number, size: number];

/** Key and counter of a group's random words, without the element's part of the counter. */
type Words = readonly [key0: number, key1: number, c1: number, c2: number, c3: number];

/** Codes and scales of all groups, each by one call. */
function quantize(
  backend: WasmBackend,
  x: tf.TensorInfo,
  { groups, key, step, rows, viewsAndDraws }: QuantizeAttributes,
  run: (groups: readonly { readonly group: Group; readonly words: Words }[]) => void,
): [codes: tf.TensorInfo, scales: tf.TensorInfo] {
  const codes = backend.makeOutput(x.shape, 'float32');
  const scales = backend.makeOutput([groups], 'float32');
  const [source, target] = [addressOf(backend, x), addressOf(backend, codes)];
  const scaleTarget = addressOf(backend, scales);
  const size = tf.util.sizeFromShape(x.shape) / groups;
  run(
    Array.from({ length: groups }, (_, i) => ({
      group: [source + i * size * 4, target + i * size * 4, scaleTarget + i * 4, size],
      words: [...key, rows[i]!, viewsAndDraws[i]!, step],
    })),
  );
  return [codes, scales];
}

/** See `quantizerOperations` of quantization, which defines what it computes. */
function quantizeLuqFp4(
  backend: WasmBackend,
  x: tf.TensorInfo,
  attributes: QuantizeAttributes,
): [codes: tf.TensorInfo, scales: tf.TensorInfo] {
  return quantize(backend, x, attributes, (groups) => {
    const calls = groups.map(({ group, words }): WasmCall<'quantizeLuqFp4'> => [
      ...group,
      ...words,
    ]);
    runCalls(backend, 'quantizeLuqFp4', calls, wasmModule(backend).quantizerScratch());
  });
}

/** See `quantizerOperations` of quantization, which defines what it computes. */
function quantizeIntegers(
  backend: WasmBackend,
  x: tf.TensorInfo,
  attributes: QuantizeIntegersAttributes,
): [codes: tf.TensorInfo, scales: tf.TensorInfo] {
  const { largest, largestOfNonNegative, isSawb, isStochastic } = attributes;
  return quantize(backend, x, attributes, (groups) => {
    const calls = groups.map(({ group, words }): WasmCall<'quantizeIntegers'> => [
      ...group,
      largest,
      largestOfNonNegative,
      isSawb,
      isStochastic,
      ...words,
    ]);
    runCalls(backend, 'quantizeIntegers', calls, wasmModule(backend).quantizerScratch());
  });
}

export const quantizerConfigs: readonly OperationKernel[] = [
  quantizerOperations.luqFp4.on(wasmBackend, (backend, { x }, attributes) =>
    quantizeLuqFp4(backend, x, attributes),
  ),
  quantizerOperations.integers.on(wasmBackend, (backend, { x }, attributes) =>
    quantizeIntegers(backend, x, attributes),
  ),
];
