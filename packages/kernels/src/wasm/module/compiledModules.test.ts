import { expect, it } from '@jest/globals';
import { byteDots, relaxedModuleBytes, tryByteDots } from './compiledModules.ts';

type Opcode = readonly [number, number, number];

/** `i16x8.relaxed_dot_i8x16_i7x16_s` and `i32x4.relaxed_dot_i8x16_i7x16_add_s`. */
const narrowDot: Opcode = [0xfd, 0x92, 0x02];
const wideDot: Opcode = [0xfd, 0x93, 0x02];
/** `i16x8.mul` and `v128.bitselect`, which take and give the same types. */
const multiply: Opcode = [0xfd, 0x95, 0x01];
const select: Opcode = [0xfd, 0xd2, 0x00];

/** The module with one instruction in place of another. */
function replaced(instruction: Opcode, by: Opcode): Uint8Array<ArrayBuffer> {
  const bytes = relaxedModuleBytes(false);
  let count = 0;
  for (let i = 0; i + 2 < bytes.length; i++) {
    if (!instruction.every((byte, j) => bytes[i + j] === byte)) continue;
    bytes.set(by, i);
    count++;
  }
  expect(count).toBeGreaterThan(0);
  return bytes;
}

const found = byteDots();

it('inexact narrow dots are not used', () => {
  const wideOffset = found?.wideOffset ?? null;
  expect(tryByteDots(replaced(narrowDot, multiply))).toEqual(
    wideOffset === null ? null : { areNarrowExact: false, wideOffset },
  );
});

it('inexact wide dots are not used', () => {
  expect(tryByteDots(replaced(wideDot, select))).toEqual(
    found?.areNarrowExact ? { areNarrowExact: true, wideOffset: null } : null,
  );
});

it('byteDots is null if neither kind is exact', () => {
  const bytes = replaced(wideDot, select);
  for (let i = 0; i + 2 < bytes.length; i++) {
    if (narrowDot.every((byte, j) => bytes[i + j] === byte)) bytes.set(multiply, i);
  }
  expect(tryByteDots(bytes)).toBe(null);
});

it('a runtime without relaxed SIMD does not use them', () => {
  expect(found !== null).toBe(WebAssembly.validate(relaxedModuleBytes(false)));
});
