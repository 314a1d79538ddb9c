import { wasmModule, type WasmModule } from './wasmModule.ts';
import { blockBytes, threadPoolOf } from '../threads/threadPool.ts';
import { withScratch, type WasmBackend } from './wasmBackend.ts';

/** An export of the module that computes something; its last parameter is scratch memory. */
export type WasmKernel = {
  [Name in keyof WasmModule]: ReturnType<WasmModule[Name]> extends number ? never : Name;
}[keyof WasmModule];

/** The arguments of one call, without scratch. */
export type WasmCall<Kernel extends WasmKernel> =
  Parameters<WasmModule[Kernel]> extends [...infer Given, number] ? Given : never;

/**
 * Calls a kernel once with each list of arguments, on all of the backend's threads. They run in any
 * order, so no call may write memory that another one reads or writes.
 *
 * @param scratchBytes bytes of scratch memory for each call, at an address that is a multiple of 16
 */
export function runCalls<Kernel extends WasmKernel>(
  backend: WasmBackend,
  kernel: Kernel,
  calls: readonly WasmCall<Kernel>[],
  scratchBytes: number,
): void {
  const module = wasmModule(backend);
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
