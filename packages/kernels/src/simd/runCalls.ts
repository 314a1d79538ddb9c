import { simdModule, type SimdModule } from './simdModule.ts';
import { blockBytes, threadPoolOf } from './threadPool.ts';
import { withScratch, type WasmBackend } from './wasmBackend.ts';

/** An export of the module that computes; its last parameter is scratch. */
export type SimdKernel = {
  [Name in keyof SimdModule]: ReturnType<SimdModule[Name]> extends number ? never : Name;
}[keyof SimdModule];

/** What one call is given, scratch aside. */
export type SimdCall<Kernel extends SimdKernel> =
  Parameters<SimdModule[Kernel]> extends [...infer Given, number] ? Given : never;

/**
 * Calls a kernel once with each list of arguments, on all of the backend's threads. No call may write what
 * another reads or writes: they run in any order.
 *
 * @param scratchBytes that a call may use as it likes, at an address that is a multiple of 16
 */
export function runCalls<Kernel extends SimdKernel>(
  backend: WasmBackend,
  kernel: Kernel,
  calls: readonly SimdCall<Kernel>[],
  scratchBytes: number,
): void {
  const module = simdModule(backend);
  const pool = calls.length > 1 ? threadPoolOf(backend) : undefined;
  if (pool) {
    const lists = calls as readonly unknown[][];
    withScratch(backend, blockBytes(lists, scratchBytes, pool.size), (block) => {
      pool.run(module, kernel, lists, scratchBytes, block);
    });
    return;
  }
  const run = module[kernel] as (...given: unknown[]) => void;
  withScratch(backend, scratchBytes, (scratch) => {
    for (const call of calls) run(...(call as unknown[]), scratch);
  });
}
