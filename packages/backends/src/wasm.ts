import * as tf from '@tensorflow/tfjs-core';
import { guardMemory, integerDots, startThreads, type IntegerDots } from '@dpquant/kernels';
import {
  BackendUnavailableError,
  noFeatures,
  type Backend,
  type ProductChoice,
  type WasmFiles,
} from './backend.ts';
import { activate, loadPackage } from './loadPackage.ts';
import { canShareMemory, inOwnMemory, inSharedMemory } from './sharedMemory.ts';

/** More threads are mostly idle, because much of a step runs on one thread. */
const mostThreads = 16;

const dotsInWords: Readonly<Record<IntegerDots, string>> = {
  'wide-bytes': 'byte dots with sums of 32 bits',
  'narrow-bytes': 'byte dots with sums of 16 bits where codes are small enough, else 16-bit dots',
  int16: '16-bit dots',
};

/**
 * Integers are always faster than float32 here. Which instruction multiplies them is tested on
 * demand.
 */
function integersAreFaster(): ProductChoice {
  return { arithmetic: 'integer', reason: `faster than float32: ${dotsInWords[integerDots()]}` };
}

const plainFile = 'tfjs-backend-wasm.wasm';
const simdFile = 'tfjs-backend-wasm-simd.wasm';
const threadedSimdFile = 'tfjs-backend-wasm-threaded-simd.wasm';

const serveFiles =
  'mostly its .wasm files were not found: serve those of @tensorflow/tfjs-backend-wasm and name their folder by ' +
  'wasmPath, or the URL of each by wasmFiles';

/**
 * WebAssembly with SIMD.
 *
 * @param defaultPath folder of the package's `.wasm` files; null: the script's folder
 * @param cores number of cores that the process may use
 */
export function wasm(defaultPath: () => string | null, cores: () => number): Backend {
  return {
    name: 'wasm',
    isAutomatic: true,
    async start({ wasmPath, wasmFiles, threads }) {
      const wanted = threads ?? Math.min(cores(), mostThreads);
      if (!Number.isInteger(wanted) || wanted < 1) {
        throw new RangeError(`threads: expected a positive integer, got ${wanted}`);
      }
      const paths = pathsOf(wasmPath, wasmFiles) ?? pathsOf(defaultPath());
      const { setWasmPaths, setThreadsCount } = await loadPackage(
        '@tensorflow/tfjs-backend-wasm',
        () => import('@tensorflow/tfjs-backend-wasm'),
      );
      if (!(await tf.env().getAsync('WASM_HAS_SIMD_SUPPORT'))) {
        throw new BackendUnavailableError(
          'wasm: this runtime has no WebAssembly SIMD; use a newer one, or the backend cpu',
        );
      }
      // Its files are read once, so later settings are refused.
      const isLoaded = tf.engine().registry['wasm'] !== undefined;
      if (paths !== null && !isLoaded) setWasmPaths(paths);
      const whyAlone = reasonForOneThread(wasmFiles);
      const isShared = wanted > 1 && whyAlone === null;
      const start = () => activate('wasm', serveFiles);
      await (isShared ? inSharedMemory(setThreadsCount, start) : inOwnMemory(start));
      guardMemory();
      const stopThreads = isShared ? await startThreads(wanted) : undefined;
      const alone = wanted > 1 ? `one thread, since ${whyAlone}` : 'one thread';
      return {
        tensorflowName: 'wasm',
        device: `WebAssembly with SIMD, ${isShared ? `${wanted} threads` : alone}`,
        isSoftware: false,
        features: { ...noFeatures, simd: true, threads: isShared ? wanted : 1 },
        notes: isShared ? notesOn(wanted, cores()) : [],
        integerProducts: { preferred: () => Promise.resolve(integersAreFaster()) },
        release: () => stopThreads?.(),
      };
    },
  };
}

/**
 * The URL of each file; null means the default. All files are listed, because TensorFlow.js would
 * keep an earlier setting otherwise.
 */
function pathsOf(wasmPath?: string | null, wasmFiles?: WasmFiles) {
  if (wasmPath != null && wasmFiles !== undefined) {
    throw new RangeError('wasmPath, wasmFiles: expected one of them, got both; leave out wasmPath');
  }
  const url = (name: string, given?: string) => given ?? `${wasmPath}${name}`;
  if (wasmPath == null && !wasmFiles) return null;
  const { simd, threadedSimd = simd } = wasmFiles ?? {};
  return {
    // Nothing starts without SIMD, but TensorFlow.js requires this name.
    [plainFile]: url(plainFile, simd),
    [simdFile]: url(simdFile, simd),
    [threadedSimdFile]: url(threadedSimdFile, threadedSimd),
  };
}

/** Why only one thread is possible; null if several are. */
function reasonForOneThread(wasmFiles?: WasmFiles): string | null {
  if (!canShareMemory()) return 'the page is not cross-origin isolated';
  return wasmFiles && wasmFiles.threadedSimd === undefined
    ? 'wasmFiles does not name threadedSimd'
    : null;
}

function notesOn(threads: number, cores: number): string[] {
  if (threads <= cores) return [];
  const there = cores === 1 ? 'there is one core' : `there are ${cores} cores`;
  return [
    `threads: ${threads}, but ${there}; more threads than cores wait for one another, mostly ${cores} are faster`,
  ];
}
