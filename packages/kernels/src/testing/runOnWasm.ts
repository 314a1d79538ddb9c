import * as tf from '@tensorflow/tfjs-core';
import { memoryOf, wasmBackend, type WasmBackend } from '../wasm/module/wasmBackend.ts';

/** Values and shape of an operand. */
export interface Values {
  readonly values: Float32Array;
  readonly shape: readonly number[];
}

/** The result of a kernel's function on the WASM backend; throws if a tensor leaks. */
export function runOnWasm(
  operands: readonly Values[],
  run: (backend: WasmBackend, operands: tf.Tensor[]) => tf.TensorInfo,
): Float32Array {
  const before = tf.engine().backend.numDataIds();
  const tensors = operands.map(({ values, shape }) => tf.tensor(values, [...shape]));
  const info = run(wasmBackend.find()!, tensors);
  const result = info instanceof tf.Tensor ? info : tf.engine().makeTensorFromTensorInfo(info);
  const values = result.dataSync<'float32'>().slice();
  tf.dispose([result, tensors]);
  const left = tf.engine().backend.numDataIds() - before;
  if (left !== 0) throw new Error(`expected no data left behind, got ${left}`);
  return values;
}

/** Makes the memory of the WASM backend grow. */
export function growMemory(): void {
  const memory = memoryOf(wasmBackend.find()!);
  const bytes = memory.buffer.byteLength;
  const large = tf.zeros([bytes / 4]);
  large.dataSync();
  large.dispose();
  if (memory.buffer.byteLength <= bytes) throw new Error('expected the memory to grow');
}
