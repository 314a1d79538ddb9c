import * as tf from '@tensorflow/tfjs-core';
import type { NamedBackend } from './namedBackend.ts';

/** Tensors by name; optional properties may be left out. */
type NamedTensors<Inputs> = { readonly [Name in keyof Inputs]?: tf.Tensor };

/** One tensor, or several in a fixed order. */
type TensorResult = tf.Tensor | readonly tf.Tensor[];

/** A kernel's view of its inputs: shape, dtype, and the key of the values in the backend. */
export type InputInfos<Inputs> = {
  readonly [Name in keyof Inputs]: Pick<
    Extract<Inputs[Name], tf.Tensor>,
    'dataId' | 'shape' | 'dtype'
  >;
};

/** A kernel's result. */
export type ResultInfo<Result> = Result extends readonly tf.Tensor[]
  ? { [Place in keyof Result]: tf.TensorInfo }
  : tf.TensorInfo;

/** Computes an operation on a backend. */
export type Kernel<Backend, Inputs, Attributes, Result> = (
  backend: Backend,
  inputs: InputInfos<Inputs>,
  attributes: Attributes,
) => ResultInfo<Result>;

/** The type of an operation's kernel on a backend; pass `typeof` the operation. */
export type KernelOf<Defined, Backend> =
  Defined extends Operation<infer Inputs, infer Attributes, infer Result>
    ? Kernel<Backend, Inputs, Attributes, Result>
    : never;

/** The untyped part of an operation. */
export interface OperationName {
  readonly name: string;
  /**
   * An operation for the same purpose that a backend may have instead, for example for devices
   * without float64.
   */
  readonly otherForm?: OperationName;
}

/** A TensorFlow.js kernel configuration, with its operation. */
export interface OperationKernel extends tf.KernelConfig {
  readonly operation: OperationName;
}

/** A kernel that delegates some calls to the kernel registered before it. */
export interface WrappingKernel {
  readonly operation: OperationName;
  readonly kernelName: string;
  readonly backendName: string;
  /** Makes the function to register in place of `stock`. */
  readonly wrap: (stock: tf.KernelFunc) => tf.KernelFunc;
}

/** A named operation of TensorFlow.js, with the types of its inputs, attributes and result. */
export interface Operation<Inputs, Attributes, Result> extends OperationName {
  /** Whether the current backend has a kernel for it. */
  readonly hasKernel: () => boolean;
  /** Runs the current backend's kernel; the caller owns the result. Null if there is no kernel. */
  readonly run: (inputs: Inputs, attributes: Attributes) => Result | null;
  /**
   * The same, for an operation that the current backend must have.
   *
   * @throws Error if it has no kernel
   */
  readonly require: (inputs: Inputs, attributes: Attributes) => Result;
  /**
   * The backend's kernel, for a call from another kernel, outside of TensorFlow.js' tensor
   * tracking. Free its result by `disposeData` of the backend.
   *
   * @throws Error if the backend has no kernel
   */
  kernelOf<Backend extends object>(
    backend: NamedBackend<Backend>,
  ): Kernel<Backend, Inputs, Attributes, Result>;
  /** Configuration to register `kernel` for a backend by `tf.registerKernel`. */
  on<Backend extends object>(
    backend: NamedBackend<Backend>,
    kernel: Kernel<Backend, Inputs, Attributes, Result>,
  ): OperationKernel;
  /** The same for a kernel that wraps the one registered before. */
  around<Backend extends object>(
    backend: NamedBackend<Backend>,
    wrap: (
      stock: Kernel<Backend, Inputs, Attributes, Result>,
    ) => Kernel<Backend, Inputs, Attributes, Result>,
  ): WrappingKernel;
}

/**
 * Defines an operation; registers nothing. Kernels are registered separately, and callers decide
 * what to do on a backend without one.
 *
 * Types are checked against this definition where the operation is run and where a kernel is made.
 * In between, TensorFlow.js passes inputs and attributes unchanged, including values that its own
 * types do not allow (typed arrays).
 *
 * @param more `otherForm`, if there is one
 */
export function operation<
  Inputs extends NamedTensors<Inputs>,
  Attributes extends object,
  Result extends TensorResult,
>(
  name: string,
  more: Pick<OperationName, 'otherForm'> = {},
): Operation<Inputs, Attributes, Result> {
  const form: OperationName = { name, ...more };
  const hasKernel = () => tf.getKernel(name, tf.getBackend()) !== undefined;
  const run = (inputs: Inputs, attributes: Attributes) =>
    tf
      .engine()
      .runKernel(name, inputs as tf.NamedTensorMap, attributes as tf.NamedAttrMap) as Result;
  return {
    ...form,
    hasKernel,
    run: (inputs, attributes) => (hasKernel() ? run(inputs, attributes) : null),
    require(inputs, attributes) {
      // The engine starts its backend when it is first requested.
      tf.backend();
      if (hasKernel()) return run(inputs, attributes);
      throw withoutKernel(name, tf.getBackend());
    },
    kernelOf(backend) {
      const kernel: tf.KernelConfig | undefined = tf.getKernel(name, backend.name);
      if (kernel === undefined) throw withoutKernel(name, backend.name);
      return withTypes(kernel.kernelFunc);
    },
    on: (backend, kernel) => ({
      operation: form,
      kernelName: name,
      backendName: backend.name,
      kernelFunc: withoutTypes(kernel),
    }),
    around: (backend, wrap) => ({
      operation: form,
      kernelName: name,
      backendName: backend.name,
      wrap: (stock) => withoutTypes(wrap(withTypes(stock))),
    }),
  };
}

function withoutKernel(name: string, backendName: string): Error {
  return new Error(
    `${name}: the backend "${backendName}" has no kernel of this name; register one, as ` +
      'installKernels of @dpquant/kernels does, or use another backend',
  );
}

/** Adapts our kernel to the function type of TensorFlow.js. */
function withoutTypes<Backend, Inputs, Attributes, Result>(
  kernel: Kernel<Backend, Inputs, Attributes, Result>,
): tf.KernelFunc {
  return ({ inputs, attrs, backend }) =>
    kernel(
      backend as Backend,
      inputs as InputInfos<Inputs>,
      attrs as Attributes,
    ) as ReturnType<tf.KernelFunc>;
}

/** Adapts a kernel of TensorFlow.js to our function type. */
function withTypes<Backend, Inputs, Attributes, Result>(
  kernel: tf.KernelFunc,
): Kernel<Backend, Inputs, Attributes, Result> {
  return (backend, inputs, attributes) =>
    kernel({
      backend: backend as object,
      inputs,
      attrs: attributes as tf.NamedAttrMap,
    }) as ResultInfo<Result>;
}
