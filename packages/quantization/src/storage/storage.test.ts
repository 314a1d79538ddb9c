import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { philoxKeyFromSeed } from '@dpquant/random';
import { bitsPerValue, isBlockFormat } from '../formats/blockFormat.ts';
import { formatNames, numberFormat } from '../formats/registry.ts';
import { quantizeBlocks } from '../quantizers/blocks.ts';
import { quantizeScaled } from '../quantizers/scaled.ts';
import { keysOf, normal } from '../testing/values.ts';
import { packBits, unpackBits } from './packBits.ts';
import { bytesPerValue, packArray, unpackArray } from './packedArray.ts';

describe('packBits', () => {
  it('puts two 4-bit codes into a byte, the even one low, and four 6-bit codes into three', () => {
    expect([...packBits([0x1, 0xa, 0xf], 4)]).toEqual([0xa1, 0x0f]);
    // 000001, 100000, 111111, 000011: low bits first.
    expect([...packBits([0x01, 0x20, 0x3f, 0x03], 6)]).toEqual([0x01, 0xf8, 0x0f]);
  });

  it('loses nothing at any width', () => {
    fc.assert(
      fc.property(
        fc
          .integer({ min: 1, max: 16 })
          .chain((bits) =>
            fc.tuple(fc.constant(bits), fc.array(fc.nat(2 ** bits - 1), { maxLength: 40 })),
          ),
        ([bits, codes]) => {
          const bytes = packBits(codes, bits);
          expect(bytes.length).toBe(Math.ceil((codes.length * bits) / 8));
          expect([...unpackBits(bytes, bits, codes.length)]).toEqual(codes);
        },
      ),
    );
  });

  it('refuses a wrong number of bytes', () => {
    expect(() => unpackBits(new Uint8Array(3), 4, 7)).toThrow(/expected 4 bytes for 7 codes/);
  });
});

describe.each(formatNames())('packed %s', (name) => {
  const format = numberFormat(name);
  const shape = [3, 2, 48];
  const values = normal(3 * 2 * 48).map((x, i) => (i % 11 === 0 ? 0 : x * 10 ** (i % 5)));

  it('unpacks to the values of its quantizer', () => {
    const randomness = { key: philoxKeyFromSeed(1), step: 2, draw: 0 };
    const examples = keysOf([5, 6, 9]);
    for (const rounding of ['nearest-even', 'stochastic'] as const) {
      const packed = packArray(values, shape, format, { rounding, randomness, examples });
      let expected: Float32Array;
      if (isBlockFormat(format)) {
        const blocks = { examples: 3, exampleSize: 96, rowLength: 48 };
        const cast = { format, rounding };
        const { elements, scales } = quantizeBlocks(values, blocks, cast, randomness, examples);
        const inRow = Math.ceil(48 / format.blockSize);
        expected = elements.map((element, i) => {
          const block = Math.floor(i / 48) * inRow + Math.floor((i % 48) / format.blockSize);
          return element * scales[block]!;
        });
      } else {
        const groups = { count: 3, size: 96, interleaved: false };
        const cast = { format, rounding };
        const { codes, scales } = quantizeScaled(values, groups, cast, randomness, examples);
        expected = codes.map((code, i) => code * scales[Math.floor(i / 96)]!);
      }
      // Plus zero: a packed zero may keep its sign.
      expect(unpackArray(packed).map((x) => x + 0)).toEqual(expected);
    }
  });

  it('takes the bytes of its format and of its scales', () => {
    const long = new Float32Array(64 * 1024).fill(1);
    const packed = packArray(long, [1, 64 * 1024], format);
    expect(bytesPerValue(packed)).toBeCloseTo(bitsPerValue(format) / 8, 3);
  });

  it('makes only an example that is not finite NaN, and keeps zeros', () => {
    const spoilt = values.slice();
    spoilt.fill(0, 0, 96);
    spoilt[100] = Infinity;
    const unpacked = unpackArray(packArray(spoilt, shape, format));
    expect(unpacked.subarray(0, 96).every((x) => x === 0)).toBe(true);
    expect(unpacked[100]).toBeNaN();
    expect(unpacked.subarray(192).some(Number.isNaN)).toBe(false);
  });
});

it('names the expected shape', () => {
  expect(() => packArray(new Float32Array(5), [2, 3], numberFormat('int4'))).toThrow(
    /expected at least one axis and 5 values, got 6/,
  );
});
