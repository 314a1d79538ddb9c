/** Names of the backends. */
export const backendNames = ['node-gpu', 'node', 'webgpu', 'wasm', 'cpu'] as const;
export type BackendName = (typeof backendNames)[number];

/** Values for `startBackend`: the first backend that runs, or one by name. */
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
 * How products of integer codes are computed: exactly, by integer kernels of this project; or by
 * the backend's own float32 products, which are exact while K·max² ≤ 2²⁴ (K: length of the sum,
 * max: largest code) and beyond that are rounded in the last bits.
 */
export const productArithmetics = ['integer', 'float32'] as const;
export type ProductArithmetic = (typeof productArithmetics)[number];

/** Values of `StartOptions.products`: the faster arithmetic on the device, or one of the two. */
export const productRequests = ['auto', ...productArithmetics] as const;
export type ProductRequest = (typeof productRequests)[number];

/** The chosen arithmetic, and why. */
export interface ProductChoice {
  readonly arithmetic: ProductArithmetic;
  /** A sentence. */
  readonly reason: string;
  /** Duration of one product in each arithmetic, if measured. */
  readonly milliseconds?: ProductTimes;
}

/** Milliseconds of the same product in each arithmetic. */
export type ProductTimes = Readonly<Record<ProductArithmetic, number>>;

/** URL (in Node: path) of each `.wasm` file of `@tensorflow/tfjs-backend-wasm`. */
export interface WasmFiles {
  /** `tfjs-backend-wasm-simd.wasm`: for one thread. */
  readonly simd: string;
  /** `tfjs-backend-wasm-threaded-simd.wasm`: for several threads. Without it there is one. */
  readonly threadedSimd?: string;
}

/** Options of `startBackend`. */
export interface StartOptions {
  /**
   * Folder of the `.wasm` files of `@tensorflow/tfjs-backend-wasm`, as a URL (in Node: a path) that
   * ends in a slash. Default: in Node the package's folder; in browsers the script's folder.
   */
  readonly wasmPath?: string;
  /** A URL for each file, as bundlers provide them, in place of `wasmPath`. */
  readonly wasmFiles?: WasmFiles;
  /** Number of threads of the WASM backend. Default: the number of cores, at most 16. */
  readonly threads?: number;
  /**
   * How products of integer codes are computed; `auto`: whichever is faster on the device. With
   * `integer`, a backend without integer kernels does not start. Default `auto`.
   */
  readonly products?: ProductRequest;
}

/** Whether a backend has kernels for products of integer codes. */
export type IntegerProducts =
  /** The backend has kernels. `preferred` is called while they are installed. */
  | { preferred(): Promise<ProductChoice> }
  /** The backend has no such kernels, for this reason. */
  | { readonly missing: string };

/** A started backend. */
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
  /** Whether it failed, so that it must be started again. Default: never. */
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
   * @param isAuto whether it was not requested by name: devices that are slower than the following
   *   backends are then skipped
   * @throws BackendUnavailableError with the remedy
   */
  start(options: StartOptions, isAuto: boolean): Promise<RunningBackend>;
}

/** A requested backend cannot run here. */
export class BackendUnavailableError extends Error {
  override name = 'BackendUnavailableError';
}
