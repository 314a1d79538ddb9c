import { expect, it } from '@jest/globals';
import { areByteDotsExact, hasExactByteDots, relaxedModuleBytes } from './compiledModules.ts';

/** Opcodes of `i16x8.relaxed_dot_i8x16_i7x16_s` and `i16x8.mul`, which takes and gives the same types. */
const relaxedDot = [0xfd, 0x92, 0x02];
const multiply = [0xfd, 0x95, 0x01];

it('dots that give something else are not used', () => {
  const bytes = relaxedModuleBytes(false);
  let replaced = 0;
  for (let i = 0; i + 2 < bytes.length; i++) {
    if (relaxedDot.every((byte, j) => bytes[i + j] === byte)) {
      bytes.set(multiply, i);
      replaced++;
    }
  }
  expect(replaced).toBeGreaterThan(0);
  expect(WebAssembly.validate(bytes)).toBe(true);
  expect(areByteDotsExact(bytes)).toBe(false);
});

it('a runtime without relaxed SIMD does not use them', () => {
  expect(hasExactByteDots()).toBe(WebAssembly.validate(relaxedModuleBytes(false)));
});
