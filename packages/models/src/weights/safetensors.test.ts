import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { elementTypes, type ElementTypeName, type StoredTensor } from './elementTypes.ts';
import { encodeSafetensors, parseSafetensors } from './safetensors.ts';
import { WeightsError } from './weightsError.ts';

/** A file with this header, as text or an object, and data. */
function fileOf(header: unknown, data: Uint8Array | number = 0): Uint8Array {
  const text = new TextEncoder().encode(
    typeof header === 'string' ? header : JSON.stringify(header),
  );
  const content = typeof data === 'number' ? new Uint8Array(data) : data;
  const bytes = new Uint8Array(8 + text.length + content.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
  bytes.set(text, 8);
  bytes.set(content, 8 + text.length);
  return bytes;
}
const place = (begin: number, end: number, dtype = 'U8', shape = [end - begin]) => ({
  dtype,
  shape,
  data_offsets: [begin, end],
});

/**
 * `safetensors.numpy.save({"w": [[1, -2], [0.5, inf]] as float16, "n": [7, -1] as int64},
 * metadata={"made by": "safetensors 0.8.0"})`.
 */
const reference = Buffer.from(
  'oAAAAAAAAAB7Il9fbWV0YWRhdGFfXyI6eyJtYWRlIGJ5Ijoic2FmZXRlbnNvcnMgMC44LjAifSwibiI6eyJkdHlwZSI6Ikk2NCIsInNoYXBlIjpbMl0sImRhdGFfb2Zmc2V0cyI6WzAsMTZdfSwidyI6eyJkdHlwZSI6IkYxNiIsInNoYXBlIjpbMiwyXSwiZGF0YV9vZmZzZXRzIjpbMTYsMjRdfX0gBwAAAAAAAAD//////////wA8AMAAOAB8',
  'base64',
);

const examples: ReadonlyMap<string, StoredTensor> = new Map<string, StoredTensor>([
  ['10', { type: 'F32', shape: [2, 1], values: Float32Array.of(1.5, NaN) }],
  ['2', { type: 'BF16', shape: [3], values: Float32Array.of(-1, 3.125, Infinity) }],
  ['half "q"', { type: 'F16', shape: [2], values: Float32Array.of(65504, 2 ** -24) }],
  ['scalar', { type: 'I64', shape: [], values: BigInt64Array.of(-(2n ** 63n)) }],
  ['empty', { type: 'F64', shape: [0, 3], values: new Float64Array() }],
  ['__proto__', { type: 'BOOL', shape: [2], values: Uint8Array.of(0, 1) }],
  ['é', { type: 'U16', shape: [1], values: Uint16Array.of(65535) }],
]);

describe('safetensors', () => {
  it('reads a file of the reference implementation', () => {
    const { tensors, metadata } = parseSafetensors(reference, 'a');
    expect([...metadata]).toEqual([['made by', 'safetensors 0.8.0']]);
    expect(new Map(tensors)).toEqual(
      new Map<string, StoredTensor>([
        ['n', { type: 'I64', shape: [2], values: BigInt64Array.of(7n, -1n) }],
        ['w', { type: 'F16', shape: [2, 2], values: Float32Array.of(1, -2, 0.5, Infinity) }],
      ]),
    );
  });

  it('reads what it writes, in order, from any position of a buffer', () => {
    const bytes = encodeSafetensors(examples, new Map([['format', 'pt']]));
    const shifted = new Uint8Array(bytes.length + 3);
    shifted.set(bytes, 3);
    const read = parseSafetensors(shifted.subarray(3), 'a');
    expect([...read.tensors].sort()).toEqual([...examples].sort());
    expect([...read.metadata]).toEqual([['format', 'pt']]);
    const header = new DataView(bytes.buffer).getBigUint64(0, true);
    expect(header % 8n).toBe(0n);
  });

  it('keeps tensors of types without numbers as bytes, and reads the others', () => {
    const header = {
      scale: place(0, 1, 'F8_E8M0', [1]),
      none: place(1, 1, 'F8_E4M3', [0]),
      packed: place(1, 4, 'F6_E2M3', [2, 2]),
      w: place(4, 8, 'F32', [1]),
    };
    const data = Uint8Array.of(1, 2, 3, 4, 0, 0, 128, 63);
    expect(parseSafetensors(fileOf(header, data), 'a').tensors).toEqual(
      new Map<string, StoredTensor>([
        ['scale', { type: 'F8_E8M0', shape: [1], values: Uint8Array.of(1) }],
        ['none', { type: 'F8_E4M3', shape: [0], values: Uint8Array.of() }],
        ['packed', { type: 'F6_E2M3', shape: [2, 2], values: Uint8Array.of(2, 3, 4) }],
        ['w', { type: 'F32', shape: [1], values: Float32Array.of(1) }],
      ]),
    );
  });

  it('converts every 16-bit number exactly, including subnormal ones, signed zeros and NaN', () => {
    const codes = Uint16Array.from({ length: 2 ** 16 }, (_, code) => code);
    const read = (dtype: string) => {
      const file = fileOf({ a: place(0, 2 ** 17, dtype, [2 ** 16]) }, new Uint8Array(codes.buffer));
      return parseSafetensors(file, 'a').tensors.get('a')!.values as Float32Array;
    };
    const halves = read('F16');
    const brains = read('BF16');
    const brainsByBits = new Float32Array(codes.length);
    new Uint32Array(brainsByBits.buffer).set(Uint32Array.from(codes, (code) => code * 2 ** 16));
    const wrong: number[] = [];
    for (const code of codes) {
      const [sign, exponent, fraction] = [code >> 15 ? -1 : 1, (code >> 10) & 31, code & 1023];
      const half =
        exponent === 31
          ? fraction > 0
            ? NaN
            : sign * Infinity
          : sign *
            (exponent > 0 ? (1 + fraction / 1024) * 2 ** (exponent - 15) : fraction * 2 ** -24);
      if (!Object.is(halves[code], half)) wrong.push(code);
      if (!Object.is(brains[code], brainsByBits[code])) wrong.push(code);
    }
    expect(wrong).toEqual([]);
    expect([halves[1], halves[0x8000], brains[1]]).toEqual([2 ** -24, -0, 2 ** -133]);
  });

  it('rounds to 16 bits: to the nearest, ties to even', () => {
    const values = Float32Array.of(1 + 2 ** -11, 1 + 3 * 2 ** -11, 1 / 3, NaN, -Infinity);
    const through = (type: ElementTypeName) =>
      parseSafetensors(
        encodeSafetensors(new Map([['a', { type, shape: [5], values }]])),
        'a',
      ).tensors.get('a')!.values;
    expect([...through('F16')]).toEqual([1, 1 + 2 ** -9, 0.333251953125, NaN, -Infinity]);
    expect([...through('BF16')]).toEqual([1, 1, 0.333984375, NaN, -Infinity]);
  });

  it.each([
    [
      new Uint8Array(7),
      'a, offset 0: expected 8 bytes of header length, but the file ends after 7',
    ],
    [fileOf('{}').subarray(0, 9), 'a, offset 0: expected a header of 2 to 1 bytes, got 2'],
    [new Uint8Array(100).fill(255), 'to 92 bytes, got 18446744073709551615'],
    [fileOf('[]'), 'offset 8: expected a JSON object of tensors: got []'],
    [fileOf('{"a":}'), 'offset 8: expected a JSON object of tensors: '],
    [fileOf({ a: 1 }), 'a, tensor "a": expected an object with dtype, shape and data_offsets'],
    [fileOf({ a: place(0, 1, 'F7') }, 1), 'got "F7"; save it in one of them'],
    [
      fileOf({ a: place(0, 2, 'F8_E4M3', [1]) }, 2),
      'expected 1 bytes for the shape [1] of F8_E4M3',
    ],
    [fileOf({ a: place(0, 1, 'F4', [1]) }, 1), 'expected 0.5 bytes for the shape [1] of F4, got 1'],
    [fileOf({ a: place(0, 0, 'C64', [2, 0, 2]), b: place(1, 2) }, 2), '"b": leaves a hole before'],
    [fileOf({ a: place(0, 4), b: place(2, 2, 'F32', [0]) }, 4), 'tensor "b": overlaps'],
    [fileOf({ a: place(0, 1, 'toString') }, 1), 'got "toString"'],
    [fileOf({ a: place(0, 1, 'U8', [-1]) }, 1), 'expected a shape of whole numbers ≥ 0, got [-1]'],
    [fileOf({ a: place(0, 1, 'U8', [0.5, 2]) }, 1), 'whole numbers ≥ 0, got [0.5,2]'],
    [fileOf({ a: place(0, 4, 'F32', [2]) }, 4), 'expected 8 bytes for the shape [2] of F32, got 4'],
    [
      fileOf({ a: place(0, 1, 'U8', [2 ** 53 - 1, 2 ** 53 - 1]) }, 1),
      '8.112963841460666e+31 bytes',
    ],
    [fileOf({ a: place(1, 0, 'U8', [1]) }, 1), 'with begin ≤ end, got [1,0]'],
    [
      fileOf({ a: place(0, 2), b: place(1, 3) }, 3),
      'a, tensor "b": overlaps the tensor before it: expected it to begin at byte 2 of the data, got 1',
    ],
    [fileOf({ a: place(0, 2), b: place(0, 2) }, 2), 'tensor "b": overlaps'],
    [fileOf({ a: place(0, 1), b: place(2, 3) }, 3), 'tensor "b": leaves a hole before it'],
    [fileOf({ b: place(1, 2) }, 2), 'tensor "b": leaves a hole before it'],
    [
      fileOf({ a: place(0, 2), b: place(2, 6) }, 5),
      /a, tensor "b", offset \d+: expected 4 bytes, but the file ends after \d+; it is cut off/,
    ],
    [fileOf({ a: place(0, 2) }, 3), 'expected the end of the file, got 1 bytes that belong to no'],
    [
      fileOf(`{"a":${JSON.stringify(place(0, 1))},"\\u0061":${JSON.stringify(place(0, 1))}}`, 1),
      '"a" is there twice',
    ],
    [
      fileOf('{"a":{"dtype":"I8","dtype":"U8","shape":[0],"data_offsets":[0,0]}}'),
      '"dtype" is there',
    ],
    [fileOf('{"__metadata__":{"run":"1","run":"2"}}'), '"run" is there twice'],
    [fileOf({ __metadata__: { a: 1 } }), 'a, __metadata__: expected an object of texts'],
    [fileOf({ a: place(0, 1, 'BOOL') }, Uint8Array.of(2)), 'a, "a": expected bytes of 0 or 1'],
    [
      fileOf(Buffer.from([0x7b, 0xff, 0x7d]).toString('latin1')),
      'offset 8: expected a JSON object',
    ],
  ])('refuses %#', (bytes, message) => {
    expect(() => parseSafetensors(bytes, 'a')).toThrow(WeightsError);
    expect(() => parseSafetensors(bytes, 'a')).toThrow(message);
  });

  it('refuses a file truncated anywhere', () => {
    const whole = encodeSafetensors(examples);
    const accepted: number[] = [];
    for (let length = 0; length < whole.length; length++) {
      try {
        parseSafetensors(whole.subarray(0, length), 'a');
        accepted.push(length);
      } catch (error) {
        if (!(error instanceof WeightsError)) throw error;
      }
    }
    expect(accepted).toEqual([]);
  });

  it('refuses a damaged file, unless every byte is covered', () => {
    const whole = encodeSafetensors(examples);
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 }),
        (changes) => {
          const bytes = whole.slice();
          for (const [position, value] of changes) bytes[position] = value;
          try {
            const { tensors } = parseSafetensors(bytes, 'a');
            const header = 8 + Number(new DataView(bytes.buffer).getBigUint64(0, true));
            let size = 0;
            for (const { type, values } of tensors.values()) {
              const bytes = elementTypes[type as ElementTypeName]?.bytes ?? 1;
              size += values.length * bytes;
            }
            return header + size === bytes.length;
          } catch (error) {
            return error instanceof WeightsError;
          }
        },
      ),
      { numRuns: 2000, seed: 1 },
    );
  });

  it.each<[StoredTensor, string]>([
    [{ type: 'F32', shape: [2], values: Float32Array.of(1) }, '"a": expected 2 values'],
    [{ type: 'F32', shape: [1], values: Int8Array.of(1) }, 'expected a Float32Array, got a Int8Ar'],
    [
      { type: 'F16', shape: [1], values: Float32Array.of(65520) },
      '"a", F16: value 0 is 65520, beyond',
    ],
    [
      { type: 'F8_E4M3', shape: [1], values: Uint8Array.of(2) },
      '"a": expected one of the types F64',
    ],
    [{ type: 'BOOL', shape: [1], values: Uint8Array.of(2) }, 'expected a Uint8Array of 0 and 1'],
  ])('does not write %j', (tensor, message) => {
    expect(() => encodeSafetensors(new Map([['a', tensor]]))).toThrow(message);
  });
});
