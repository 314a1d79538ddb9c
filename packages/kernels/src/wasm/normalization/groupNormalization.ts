import * as tf from '@tensorflow/tfjs-core';
import {
  groupNormalizationOperations,
  type GroupNormalizationAttributes,
  type OperationKernel,
} from '@dpquant/operations';
import { runCalls, type WasmCall } from '../module/runCalls.ts';
import { wasmModule } from '../module/wasmModule.ts';
import { addressOf, wasmBackend, type WasmBackend } from '../module/wasmBackend.ts';

function sizesOf({ shape }: tf.TensorInfo) {
  const size = tf.util.sizeFromShape(shape);
  const [n, channels] = [shape[0]!, shape.at(-1)!];
  return { n, channels, positions: size / (n * channels), exampleBytes: (size / n) * 4 };
}

const isEmpty = ({ shape }: tf.TensorInfo) => tf.util.sizeFromShape(shape) === 0;

/** See `groupNormalizationOperations` of operations, which defines what it computes. */
function groupNormalization(
  backend: WasmBackend,
  inputs: { x: tf.TensorInfo; gamma: tf.TensorInfo; beta: tf.TensorInfo },
  { groups, epsilon }: GroupNormalizationAttributes,
): [y: tf.TensorInfo, statistics: tf.TensorInfo] {
  const { x } = inputs;
  if (isEmpty(x)) return [tf.zeros(x.shape), tf.zeros([x.shape[0]!, groups, 2])];
  const { n, channels, positions, exampleBytes } = sizesOf(x);
  const y = backend.makeOutput(x.shape, 'float32');
  const statistics = backend.makeOutput([n, groups, 2], 'float32');
  const at = (tensor: tf.TensorInfo) => addressOf(backend, tensor);
  const [source, gamma, beta, target, ofGroups] = [
    ...[at(x), at(inputs.gamma), at(inputs.beta), at(y), at(statistics)],
  ] as [number, number, number, number, number];
  const calls = Array.from({ length: n }, (_, i): WasmCall<'groupNormalization'> => [
    ...([source + i * exampleBytes, gamma, beta, positions, channels, groups, epsilon] as const),
    ...([target + i * exampleBytes, ofGroups + i * groups * 8] as const),
  ]);
  const scratchBytes = wasmModule(backend).groupNormalizationScratch(channels);
  runCalls(backend, 'groupNormalization', calls, scratchBytes);
  return [y, statistics];
}

/** See `groupNormalizationOperations` of operations, which defines what it computes. */
function groupNormalizationGradient(
  backend: WasmBackend,
  inputs: {
    x: tf.TensorInfo;
    dy: tf.TensorInfo;
    gamma: tf.TensorInfo;
    statistics: tf.TensorInfo;
  },
  { groups }: Pick<GroupNormalizationAttributes, 'groups'>,
): [dx: tf.TensorInfo, gamma: tf.TensorInfo, beta: tf.TensorInfo] {
  const { x, dy } = inputs;
  if (isEmpty(x)) {
    const ofWeight = [x.shape[0]!, x.shape.at(-1)!];
    return [tf.zeros(x.shape), tf.zeros(ofWeight), tf.zeros(ofWeight)];
  }
  const { n, channels, positions, exampleBytes } = sizesOf(x);
  const results = [x.shape, [n, channels], [n, channels]].map((shape) =>
    backend.makeOutput(shape, 'float32'),
  ) as [tf.TensorInfo, tf.TensorInfo, tf.TensorInfo];
  const at = (tensor: tf.TensorInfo) => addressOf(backend, tensor);
  const [source, gradients] = [at(x), at(dy)];
  const [gamma, statistics] = [at(inputs.gamma), at(inputs.statistics)];
  const [dx, dGamma, dBeta] = results.map(at) as [number, number, number];
  const calls = Array.from({ length: n }, (_, i): WasmCall<'groupNormalizationGradient'> => [
    ...([source + i * exampleBytes, gradients + i * exampleBytes, gamma] as const),
    ...([statistics + i * groups * 8, positions, channels, groups] as const),
    ...([dx + i * exampleBytes, dGamma + i * channels * 4, dBeta + i * channels * 4] as const),
  ]);
  const scratchBytes = wasmModule(backend).groupNormalizationGradientScratch(channels);
  runCalls(backend, 'groupNormalizationGradient', calls, scratchBytes);
  return results;
}

export const groupNormalizationConfigs: readonly OperationKernel[] = [
  groupNormalizationOperations.forward.on(wasmBackend, groupNormalization),
  groupNormalizationOperations.backward.on(wasmBackend, groupNormalizationGradient),
];
