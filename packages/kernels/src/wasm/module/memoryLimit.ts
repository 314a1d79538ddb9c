import { exhausted } from './exhausted.ts';
import { wasmBackend } from './wasmBackend.ts';

const guarded = new WeakSet<object>();

/**
 * Makes the WASM backend throw when its memory, at most 4 GB, is exhausted. Without this,
 * TensorFlow.js continues at address 0 and overwrites the data there.
 *
 * A tensor that does not fit is refused, and all others keep their values. If XNNPACK itself runs
 * out of memory, the backend can no longer be used.
 */
export function guardMemory(): void {
  const backend = wasmBackend.find();
  if (!backend) throw new Error('wasm: the backend was not started; call tf.setBackend');
  const { wasm } = backend;
  if (guarded.has(wasm)) return;
  guarded.add(wasm);
  // The module's own function replaces itself when it is first called.
  wasm._free(wasm._malloc(1));
  const allocate = wasm._malloc.bind(wasm);
  wasm._malloc = (bytes) => {
    const address = allocate(bytes);
    // For zero bytes, any address is valid.
    if (address === 0 && bytes > 0) throw exhausted(`${bytes} bytes`);
    return address;
  };
  wasm.onAbort = () => {
    throw exhausted('memory');
  };
}
