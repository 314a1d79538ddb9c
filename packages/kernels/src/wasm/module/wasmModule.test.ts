import { expect, it } from '@jest/globals';
import { byteDots, moduleBytes, relaxedModuleBytes } from './compiledModules.ts';
import { instantiate } from './wasmModule.ts';

/** Numbers of the sections of a WebAssembly module. */
function sectionsOf(bytes: Uint8Array): number[] {
  const sections: number[] = [];
  for (let at = 8; at < bytes.length;) {
    sections.push(bytes[at++]!);
    let size = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++]!;
      size += (byte & 127) * 2 ** shift;
      if (byte < 128) break;
    }
    at += size;
  }
  return sections;
}

const modules = [false, true].flatMap((isShared) => [
  { name: `shared: ${isShared}`, bytes: moduleBytes(isShared), isTaken: true },
  {
    name: `relaxed, shared: ${isShared}`,
    bytes: relaxedModuleBytes(isShared),
    isTaken: byteDots() !== null,
  },
]);

it.each(modules)('has no memory, table or data of its own ($name)', ({ bytes, isTaken }) => {
  // Only types, imports, functions, globals, exports and code are allowed.
  const [custom, ...allowed] = [0, 1, 2, 3, 6, 7, 10];
  const sections = sectionsOf(bytes).filter((section) => section !== custom);
  expect(allowed).toEqual(expect.arrayContaining(sections));
  if (!isTaken) return;
  const module = new WebAssembly.Module(bytes);
  expect(WebAssembly.Module.imports(module)).toEqual([
    { module: 'env', name: 'memory', kind: 'memory' },
  ]);
  expect(WebAssembly.Module.exports(module).every(({ kind }) => kind === 'function')).toBe(true);
});

it.each([false, true])(
  'touches nothing but operands, result and scratch (shared: %s)',
  (shared) => {
    const memory = new WebAssembly.Memory({ initial: 2, maximum: 65536, shared });
    const module = instantiate(memory);
    const all = new Uint8Array(memory.buffer).fill(77);
    const values = new Float32Array(memory.buffer, 1024, 3);
    values.set([1, 2, 0]);
    const scratchBytes = module.matMulScratch(1, 1);
    module.matMul(1024, 1, 1, 1028, 1, 1, 1032, 1, 1, 1, 2048);
    expect([...values]).toEqual([1, 2, 2]);
    const touched = (i: number) =>
      (i >= 1024 && i < 1036) || (i >= 2048 && i < 2048 + scratchBytes) || all[i] === 77;
    expect(all.every((_, i) => touched(i))).toBe(true);
  },
);
