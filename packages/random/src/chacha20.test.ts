import { expect, it } from '@jest/globals';
import { chacha20Block } from './chacha20.ts';

it('matches the test vector of RFC 8439, section 2.3.2', () => {
  const keyBytes = Uint8Array.from({ length: 32 }, (_, i) => i);
  const out = new Uint32Array(16);
  chacha20Block(
    new Uint32Array(keyBytes.buffer),
    1,
    Uint32Array.of(0x09000000, 0x4a000000, 0),
    out,
  );
  expect([...out].map((word) => word.toString(16).padStart(8, '0')).join(' ')).toBe(
    'e4e7f110 15593bd1 1fdd0f50 c47120a3 c7f4d1c7 0368c033 9aaa2204 4e6cd4c3 ' +
      '466482d2 09aa9f07 05d7c214 a2028bd9 d19c12b5 b94e16de e883d0cb 4e3c50a2',
  );
});

it('matches RFC 8439, appendix A.1, vector 1 (all zero)', () => {
  const out = new Uint32Array(16);
  chacha20Block(new Uint32Array(8), 0, new Uint32Array(3), out);
  const bytes = [...new Uint8Array(out.buffer)].map((b) => b.toString(16).padStart(2, '0'));
  expect(bytes.slice(0, 16).join(' ')).toBe('76 b8 e0 ad a0 f1 3d 90 40 5d 6a e5 53 86 bd 28');
});
