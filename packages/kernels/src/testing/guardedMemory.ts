import { instantiate, type WasmModule } from '../wasm/module/wasmModule.ts';

const untouched = 77;
const gap = 64;

/** The WASM module on a separate memory, which detects writes outside the allowed regions. */
export class GuardedMemory {
  readonly module: WasmModule;
  readonly #bytes: Uint8Array;
  readonly #writable: boolean[];
  #end = 1024;
  readonly #operands: { readonly start: number; readonly bytes: Uint8Array }[] = [];

  constructor(pages = 8) {
    const memory = new WebAssembly.Memory({ initial: pages });
    this.module = instantiate(memory);
    this.#bytes = new Uint8Array(memory.buffer).fill(untouched);
    this.#writable = new Array<boolean>(this.#bytes.length).fill(false);
  }

  /** The address of values that are only to be read. */
  operand(values: Float32Array | Int32Array): number {
    const bytes = new Uint8Array(values.slice().buffer);
    const start = this.#reserve(bytes.length);
    this.#bytes.set(bytes, start);
    this.#operands.push({ start, bytes });
    return start;
  }

  /** The address of bytes that may be written. */
  writable(bytes: number): number {
    const start = this.#reserve(bytes);
    this.#writable.fill(true, start, start + bytes);
    return start;
  }

  floats(start: number, count: number): Float32Array {
    return new Float32Array(this.#bytes.slice(start, start + count * 4).buffer);
  }

  /** Whether all memory except the writable regions is unchanged. */
  isIntact(): boolean {
    const expected = new Uint8Array(this.#bytes.length).fill(untouched);
    for (const { start, bytes } of this.#operands) expected.set(bytes, start);
    return this.#bytes.every((byte, i) => this.#writable[i] || byte === expected[i]);
  }

  #reserve(bytes: number): number {
    const start = this.#end;
    this.#end = Math.ceil((start + bytes + gap) / 16) * 16;
    if (this.#end > this.#bytes.length) throw new RangeError(`no ${bytes} bytes left`);
    return start;
  }
}
