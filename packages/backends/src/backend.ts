/** Backends that can be asked for. */
export const backendNames = ['node-gpu', 'node', 'webgpu', 'wasm', 'cpu'] as const;
export type BackendName = (typeof backendNames)[number];

/** What `startBackend` takes: the first backend that runs, or one by name. */
export const backendRequests = ['auto', ...backendNames] as const;

/** Features of a backend's device that this project uses. */
export interface BackendFeatures {
  /** 16-bit floats (binary16), subnormal ones included. */
  readonly float16: boolean;
  /** Dot products of packed 8-bit integers. */
  readonly integerDotProduct: boolean;
  /** Data exchange between the invocations of a subgroup. */
  readonly subgroups: boolean;
  /** 128-bit vector instructions. */
  readonly simd: boolean;
  /** Number of threads that compute; 1 where this project does not control it. */
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
 * How products of integer codes are computed: by kernels of this project that multiply integers,
 * exactly; or by the backend's own products in float32, which are exact while K·max² ≤ 2²⁴ (K:
 * length of the sum, max: largest code), and beyond that round in the last places.
 */
export const productArithmetics = ['integer', 'float32'] as const;
export type ProductArithmetic = (typeof productArithmetics)[number];

/** Values of `StartOptions.products`: the faster way on the device, or one of the two. */
export const productRequests = ['auto', ...productArithmetics] as const;
export type ProductRequest = (typeof productRequests)[number];

/** What was chosen, and why. */
export interface ProductChoice {
  readonly arithmetic: ProductArithmetic;
  /** In words. */
  readonly reason: string;
  /** Duration of one product in either arithmetic, if it was measured. */
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

/** Options of `startBackend`. */
export interface StartOptions {
  /**
   * Where the `.wasm` files of `@tensorflow/tfjs-backend-wasm` are, as a URL (in Node: a path) that
   * ends in a slash. Default: in Node beside the package; in browsers beside the script.
   */
  readonly wasmPath?: string;
  /** A URL for each file, as bundlers provide them, instead of `wasmPath`. */
  readonly wasmFiles?: WasmFiles;
  /** Number of threads of the WASM backend. Default: the number of cores, at most 16. */
  readonly threads?: number;
  /**
   * How products of integer codes are computed; `auto`: what is faster on the device. A backend
   * without kernels for integers does not start with `integer`. Default `auto`.
   */
  readonly products?: ProductRequest;
}

/** What a backend has for products of integer codes. */
export type IntegerProducts =
  /** The backend has kernels. `preferred` is called while they are installed. */
  | { preferred(): Promise<ProductChoice> }
  /** The backend has no such kernels, for this reason. */
  | { readonly missing: string };

/** A backend as it was started. */
export interface RunningBackend {
  /** Its name in TensorFlow.js. */
  readonly tensorflowName: string;
  /** Description of the device. */
  readonly device: string;
  /** Whether the device is software that emulates a graphics processor. */
  readonly isSoftware: boolean;
  readonly features: BackendFeatures;
  /** Notes for people about how it was started, one sentence each. Default: none. */
  readonly notes?: readonly string[];
  /** Default: missing. */
  readonly integerProducts?: IntegerProducts;
  /** Whether it failed, so that it has to be started again. Default: never. */
  isBroken?(): boolean;
  /** Frees resources that TensorFlow.js does not manage. */
  release?(): void;
}

/** How one backend is started. */
export interface Backend {
  /** One of `backendNames`, or the name of a custom backend. */
  readonly name: string;
  /** Whether `auto` may choose it. */
  readonly isAutomatic: boolean;
  /**
   * Makes it the current backend of TensorFlow.js.
   *
   * @param isAuto whether it was not requested by name: devices that are slower than the backends
   *   that follow are then skipped
   * @throws BackendUnavailableError with the remedy
   */
  start(options: StartOptions, isAuto: boolean): Promise<RunningBackend>;
}

/** A backend was asked for that cannot run here. */
export class BackendUnavailableError extends Error {
  override name = 'BackendUnavailableError';
}
