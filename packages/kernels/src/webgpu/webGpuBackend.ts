import type * as tf from '@tensorflow/tfjs-core';
import { backendNamed } from '@dpquant/operations';

/** The part of TensorFlow.js's WebGPU backend that the kernels use. */
export interface WebGpuBackend {
  readonly device: GPUDevice;
  /** A tensor on the device; without `values`, it is to be written. */
  makeTensorInfo(shape: number[], dtype: tf.DataType, values?: tf.TypedArray): tf.TensorInfo;
  runWebGPUProgram(
    program: WebGpuProgram,
    inputs: tf.TensorInfo[],
    dtype: tf.DataType,
    uniforms?: readonly Uniform[],
  ): tf.TensorInfo;
  disposeData(dataId: object): boolean;
  /** A tensor that uses the caller's buffer. The caller destroys the buffer. */
  createTensorFromGPUData(
    data: { readonly buffer: GPUBuffer; readonly zeroCopy: true },
    shape: number[],
    dtype: tf.DataType,
  ): tf.Tensor;
  ensureCommandEncoderReady(): void;
  endComputePassEncoder(): void;
  /** Submits the commands of the command encoder to the device. Its pass must have ended. */
  submitQueue(): void;
}

export const webGpuBackend = backendNamed<WebGpuBackend>('webgpu');

export interface Uniform {
  readonly type: 'int32' | 'uint32' | 'float32';
  readonly data: number[];
}

/**
 * A compute shader as the backend takes it; it declares `result`, the inputs and `uniforms` by
 * itself.
 */
export interface WebGpuProgram {
  readonly outputShape: number[];
  readonly variableNames: string[];
  /** Number of values in an element of each input, one or four. Default: as in the output. */
  readonly variableComponents?: number[];
  readonly outputComponent?: number;
  /** Members of the struct `uniforms`, after those that every shader has. */
  readonly uniforms?: string;
  readonly workgroupSize: [number, number, number];
  readonly dispatch: [number, number, number];
  /** The axes of the output for each dimension of the dispatch. */
  readonly dispatchLayout: { x: number[]; y?: number[]; z?: number[] };
  /** A key that distinguishes the shader's text from others. */
  readonly shaderKey: string;
  /** WGSL: the functions of the shader, among them `main()`. */
  readonly getUserCode: () => string;
  /** TensorFlow.js labels shaders and timings with this name. */
  readonly constructor: { readonly name: string };
}

/** A program whose label is its shader key. */
export function shaderProgram(program: Omit<WebGpuProgram, 'constructor'>): WebGpuProgram {
  return { ...program, constructor: { name: program.shaderKey } };
}

/** One 32-bit unsigned integer per uniform. */
export function unsigned(...values: readonly number[]): Uniform[] {
  return values.map((value) => ({ type: 'uint32', data: [value >>> 0] }));
}

/** Signed integers: one, or a vector, per uniform. */
export function signed(...values: readonly number[][]): Uniform[] {
  return values.map((data) => ({ type: 'int32', data }));
}

/** The same values in another shape. */
export function reshaped(tensor: tf.TensorInfo, shape: number[]): tf.TensorInfo {
  return { ...tensor, shape };
}

/** The same values in one dimension, so that fewer shaders are compiled. */
export function flat(tensor: tf.TensorInfo): tf.TensorInfo {
  return reshaped(tensor, [tensor.shape.reduce((size, length) => size * length, 1)]);
}

/**
 * Words as a tensor. TensorFlow.js's own operations must not use it: they convert integers to
 * float32, which has only 24 bits.
 */
export function wordTensor(backend: WebGpuBackend, words: Uint32Array): tf.TensorInfo {
  return backend.makeTensorInfo([words.length], 'int32', new Int32Array(words));
}

/** Calls `run` with the scales of a product, or with a single scale of 1 if there are none. */
export function withScales<T>(
  backend: WebGpuBackend,
  scales: tf.TensorInfo | undefined,
  run: (scales: tf.TensorInfo) => T,
): T {
  if (scales) return run(scales);
  const one = backend.makeTensorInfo([1], 'float32', Float32Array.of(1));
  const result = run(one);
  backend.disposeData(one.dataId);
  return result;
}
