/** Backends that can be asked for. */
export const backendNames = ['node-gpu', 'node', 'webgpu', 'wasm', 'cpu'] as const;
export type BackendName = (typeof backendNames)[number];

/** What `startBackend` takes: the first backend that runs, or one by name. */
export const backendRequests = ['auto', ...backendNames] as const;

/** What a backend's device can do that matters to this project. */
export interface BackendFeatures {
  /** 16-bit floats (binary16), subnormal ones included. */
  readonly float16: boolean;
  /** Dot products of packed 8-bit integers. */
  readonly integerDotProduct: boolean;
  /** Exchange between the invocations of a subgroup. */
  readonly subgroups: boolean;
  /** 128-bit vector instructions. */
  readonly simd: boolean;
  /** Threads that compute; 1 where that is not this project's to say. */
  readonly threads: number;
}

export const noFeatures: BackendFeatures = {
  float16: false,
  integerDotProduct: false,
  subgroups: false,
  simd: false,
  threads: 1,
};

/**
 * How products of integer codes are computed: by kernels of this project that multiply integers, exactly; or by
 * the backend's own products in float32, which are exact while K·max² ≤ 2²⁴ (K: length of the sum, max: largest
 * code), and beyond that round in the last places.
 */
export const productArithmetics = ['integer', 'float32'] as const;
export type ProductArithmetic = (typeof productArithmetics)[number];

/** What `StartOptions.products` takes: what is faster on the device, or one of the two. */
export const productRequests = ['auto', ...productArithmetics] as const;
export type ProductRequest = (typeof productRequests)[number];

/** What was chosen, and why. */
export interface ProductChoice {
  readonly arithmetic: ProductArithmetic;
  /** In words. */
  readonly reason: string;
  /** What one product took either way, where that was measured. */
  readonly milliseconds?: ProductTimes;
}

/** Milliseconds of the same product in either arithmetic. */
export type ProductTimes = Readonly<Record<ProductArithmetic, number>>;

/** Where each `.wasm` file of `@tensorflow/tfjs-backend-wasm` is, as a URL (in Node: a path). */
export interface WasmFiles {
  /** `tfjs-backend-wasm-simd.wasm`: for one thread. */
  readonly simd: string;
  /** `tfjs-backend-wasm-threaded-simd.wasm`: for several. Without it there is one. */
  readonly threadedSimd?: string;
}

/** What `startBackend` may be told. */
export interface StartOptions {
  /**
   * Where the `.wasm` files of `@tensorflow/tfjs-backend-wasm` are, as a URL (in Node: a path) that ends in
   * a slash. Default: in Node beside the package; in browsers beside the script.
   */
  readonly wasmPath?: string;
  /** In place of `wasmPath` a URL for each file, as bundlers give them. */
  readonly wasmFiles?: WasmFiles;
  /** Threads of the WASM backend. Default: the cores there are, 16 at most. */
  readonly threads?: number;
  /**
   * How products of integer codes are computed; `auto`: what is faster on the device. A backend without kernels for
   * integers cannot be had with `integer`. Default `auto`.
   */
  readonly products?: ProductRequest;
}

/** What a backend has for products of integer codes. */
export type IntegerProducts =
  /** Kernels. Which arithmetic is faster is asked while they are installed. */
  | { preferred(): Promise<ProductChoice> }
  /** None that runs, for this reason. */
  | { readonly missing: string };

/** A backend as it was started. */
export interface RunningBackend {
  /** Its name in TensorFlow.js. */
  readonly tensorflowName: string;
  /** What computes, in words. */
  readonly device: string;
  /** Whether the device is a program that stands in for a graphics processor. */
  readonly isSoftware: boolean;
  readonly features: BackendFeatures;
  /** What a person should know of how it was started, a sentence each. Default: nothing. */
  readonly notes?: readonly string[];
  /** Default: missing. */
  readonly integerProducts?: IntegerProducts;
  /** Whether it failed, so that it has to be started again. Default: never. */
  isBroken?(): boolean;
  /** Frees what TensorFlow.js does not know of. */
  release?(): void;
}

/** How one backend is started. */
export interface Backend {
  /** One of `backendNames`, or that of a backend of your own. */
  readonly name: string;
  /** Whether `auto` may take it. */
  readonly isAutomatic: boolean;
  /**
   * Makes it the current backend of TensorFlow.js.
   *
   * @param isAuto whether it was not asked for by name: devices that are slower than what comes after
   *   are then passed over
   * @throws BackendUnavailableError with the remedy
   */
  start(options: StartOptions, isAuto: boolean): Promise<RunningBackend>;
}

/** A backend was asked for that cannot run here. */
export class BackendUnavailableError extends Error {
  override name = 'BackendUnavailableError';
}
