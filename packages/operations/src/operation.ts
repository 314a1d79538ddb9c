import * as tf from '@tensorflow/tfjs-core';
import type { NamedBackend } from './namedBackend.ts';

/** Tensors by name; one whose property is optional may be left out. */
type NamedTensors<Inputs> = { readonly [Name in keyof Inputs]?: tf.Tensor };

/** One tensor, or several in a fixed order. */
type TensorResult = tf.Tensor | readonly tf.Tensor[];

/**
 * What a kernel gets of its inputs: shape, type, and the key under which the backend has the
 * values.
 */
export type InputInfos<Inputs> = {
  readonly [Name in keyof Inputs]: Pick<
    Extract<Inputs[Name], tf.Tensor>,
    'dataId' | 'shape' | 'dtype'
  >;
};

/** What a kernel gives for a result. */
export type ResultInfo<Result> = Result extends readonly tf.Tensor[]
  ? { [Place in keyof Result]: tf.TensorInfo }
  : tf.TensorInfo;

/** How a backend computes an operation. */
export type Kernel<Backend, Inputs, Attributes, Result> = (
  backend: Backend,
  inputs: InputInfos<Inputs>,
  attributes: Attributes,
) => ResultInfo<Result>;

/** The kernel of an operation, `typeof` the operation, on a backend. */
export type KernelOf<Defined, Backend> =
  Defined extends Operation<infer Inputs, infer Attributes, infer Result>
    ? Kernel<Backend, Inputs, Attributes, Result>
    : never;

/** What is known of an operation without its types. */
export interface OperationName {
  readonly name: string;
  /**
   * An operation for the same purpose that a backend may have instead, as for devices without
   * float64.
   */
  readonly otherForm?: OperationName;
}

/** A TensorFlow.js kernel configuration, with the operation that it is for. */
export interface OperationKernel extends tf.KernelConfig {
  readonly operation: OperationName;
}

/** A kernel that leaves some calls to the one which was registered before it. */
export interface WrappingKernel {
  readonly operation: OperationName;
  readonly kernelName: string;
  readonly backendName: string;
  /** The function to register in the place of `stock`. */
  readonly wrap: (stock: tf.KernelFunc) => tf.KernelFunc;
}

/**
 * A named operation of TensorFlow.js, with the types of its inputs, its attributes and its result.
 */
export interface Operation<Inputs, Attributes, Result> extends OperationName {
  /** Whether the current backend has a kernel for it. */
  readonly hasKernel: () => boolean;
  /**
   * The result of the current backend's kernel, which the caller owns; null where the backend has
   * none.
   */
  readonly run: (inputs: Inputs, attributes: Attributes) => Result | null;
  /**
   * The same for an operation that the current backend has to have.
   *
   * @throws Error where it has none
   */
  readonly require: (inputs: Inputs, attributes: Attributes) => Result;
  /**
   * The backend's kernel itself, to be called by another one, whose tensors TensorFlow.js does not
   * know. Its result is to be disposed of by `disposeData` of the backend.
   *
   * @throws Error where the backend has none
   */
  kernelOf<Backend extends object>(
    backend: NamedBackend<Backend>,
  ): Kernel<Backend, Inputs, Attributes, Result>;
  /** The configuration that makes `kernel` the backend's, given to `tf.registerKernel`. */
  on<Backend extends object>(
    backend: NamedBackend<Backend>,
    kernel: Kernel<Backend, Inputs, Attributes, Result>,
  ): OperationKernel;
  /** The same for a kernel that is made of the one which is registered already. */
  around<Backend extends object>(
    backend: NamedBackend<Backend>,
    wrap: (
      stock: Kernel<Backend, Inputs, Attributes, Result>,
    ) => Kernel<Backend, Inputs, Attributes, Result>,
  ): WrappingKernel;
}

/**
 * Defines an operation. Nothing is registered by that: a backend has the kernels that somebody
 * registers, and whoever runs the operation says what happens elsewhere.
 *
 * Where it is run and where a kernel is made, types are checked against this one definition.
 * Between the two TensorFlow.js hands inputs and attributes over as they are, also such as its own
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
      // The engine starts its backend when it is first asked for it.
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

/** A kernel as TensorFlow.js calls it. */
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

/** A kernel of TensorFlow.js, called like one of ours. */
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
