import * as tf from '@tensorflow/tfjs-core';
import type { OperationKernel, Shape4D, WindowAttributes } from '@dpquant/operations';
import { gradientNormOperations, type GradientNormAttributes } from '@dpquant/quantization';
import { runCalls, type WasmCall } from '../module/runCalls.ts';
import { wasmModule } from '../module/wasmModule.ts';
import { addressOf, wasmBackend, type WasmBackend } from '../module/wasmBackend.ts';
import { windowsOf, withWindows } from '../products/windows.ts';
import { wideDotOffset } from '../integers/integerDots.ts';

interface Conv2DAttributes extends GradientNormAttributes, WindowAttributes {
  readonly filterShape: Shape4D;
}

/** Bytes of the three squared norms of an example. */
const normBytes = 3 * 8;

/** One call per example, from the addresses of its inputs, output gradients and norms. */
function callPerExample<Call>(
  backend: WasmBackend,
  a: tf.TensorInfo,
  dy: tf.TensorInfo,
  norms: tf.TensorInfo,
  callOf: (inputs: number, gradients: number, target: number) => Call,
): Call[] {
  const n = a.shape[0]!;
  const [inputs, gradients] = [addressOf(backend, a), addressOf(backend, dy)];
  const target = addressOf(backend, norms);
  const inputBytes = (tf.util.sizeFromShape(a.shape) / n) * 4;
  const gradientBytes = (tf.util.sizeFromShape(dy.shape) / n) * 4;
  return Array.from({ length: n }, (_, i) =>
    callOf(inputs + i * inputBytes, gradients + i * gradientBytes, target + i * normBytes),
  );
}

/** See `gradientNormOperations` of quantization, which defines what it computes. */
function matMulGradientNorms(
  backend: WasmBackend,
  a: tf.TensorInfo,
  dy: tf.TensorInfo,
  { isGhost, areIntegers }: GradientNormAttributes,
): tf.TensorInfo {
  const p = a.shape.at(-1)!;
  const d = dy.shape.at(-1)!;
  const positions = tf.util.sizeFromShape(a.shape.slice(1, -1));
  const norms = backend.makeOutput([a.shape[0]!, 3, 2], 'int32');
  const calls = callPerExample(
    backend,
    a,
    dy,
    norms,
    (inputs, gradients, target): WasmCall<'matMulGradientNorm'> => [
      inputs,
      gradients,
      positions,
      p,
      d,
      isGhost,
      target,
    ],
  );
  const module = wasmModule(backend);
  const offset = wideDotOffset();
  if (!areIntegers) {
    const scratchBytes = module.matMulGradientNormScratch(positions, d, isGhost);
    runCalls(backend, 'matMulGradientNorm', calls, scratchBytes);
  } else if (offset === null) {
    const scratchBytes = module.integerMatMulGradientNormScratch(positions, p, d, isGhost);
    runCalls(backend, 'integerMatMulGradientNorm', calls, scratchBytes);
  } else {
    const byteCalls = calls.map((call): WasmCall<'byteMatMulGradientNorm'> => [...call, offset]);
    const scratchBytes = module.byteMatMulGradientNormScratch(positions, p, d, isGhost);
    runCalls(backend, 'byteMatMulGradientNorm', byteCalls, scratchBytes);
  }
  return norms;
}

/** See `gradientNormOperations` of quantization, which defines what it computes. */
function conv2dGradientNorms(
  backend: WasmBackend,
  a: tf.TensorInfo,
  dy: tf.TensorInfo,
  attributes: Conv2DAttributes,
): tf.TensorInfo {
  const { isGhost, areIntegers, filterShape } = attributes;
  const d = dy.shape.at(-1)!;
  const norms = backend.makeOutput([a.shape[0]!, 3, 2], 'int32');
  const info = windowsOf(a.shape as Shape4D, filterShape, attributes);
  const offset = wideDotOffset();
  withWindows(backend, info, (windows) => {
    const calls = callPerExample(
      backend,
      a,
      dy,
      norms,
      (image, gradients, target): WasmCall<'conv2dGradientNorm'> => [
        windows,
        image,
        gradients,
        d,
        isGhost,
        target,
      ],
    );
    const module = wasmModule(backend);
    if (areIntegers && offset !== null) {
      const byteCalls = calls.map((call): WasmCall<'byteConv2dGradientNorm'> => [...call, offset]);
      const scratchBytes = module.byteConv2dGradientNormScratch(windows, d, isGhost);
      runCalls(backend, 'byteConv2dGradientNorm', byteCalls, scratchBytes);
    } else {
      const kernel = areIntegers ? 'integerConv2dGradientNorm' : 'conv2dGradientNorm';
      runCalls(backend, kernel, calls, module[`${kernel}Scratch`](windows, d, isGhost));
    }
  });
  return norms;
}

export const gradientNormConfigs: readonly OperationKernel[] = [
  gradientNormOperations.matMul.on(wasmBackend, (backend, { a, dy }, attributes) =>
    matMulGradientNorms(backend, a, dy, attributes),
  ),
  gradientNormOperations.conv2d.on(wasmBackend, (backend, { a, dy }, attributes) =>
    conv2dGradientNorms(backend, a, dy, attributes),
  ),
];
