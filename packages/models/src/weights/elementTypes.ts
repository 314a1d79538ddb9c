import { bf16, fp16, type NumberFormat } from '@dpquant/quantization';

/** Values of a stored tensor. 16-bit floats are converted to float32, which is exact. */
export type TensorValues =
  | Float32Array
  | Float64Array
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array;

/** How to read and write the elements of a tensor. */
interface ElementType {
  /** Bytes per element. */
  readonly bytes: number;
  /** Converts little-endian bytes, whose length is a multiple of the element size, to values. */
  decode(bytes: Uint8Array): TensorValues;
  /** @throws RangeError for values that the type cannot represent */
  encode(values: TensorValues): Uint8Array;
}

interface TypedArrayConstructor<T extends TensorValues> {
  readonly BYTES_PER_ELEMENT: number;
  readonly name: string;
  new (buffer: ArrayBuffer): T;
}

/** An element type that is a typed array of this platform. */
function plain<T extends TensorValues>(Type: TypedArrayConstructor<T>): ElementType {
  return {
    bytes: Type.BYTES_PER_ELEMENT,
    // Copied, because a typed array must begin at a multiple of its element size.
    decode: (bytes) => new Type(new Uint8Array(bytes).buffer),
    encode: (values) => {
      if (!(values instanceof Type)) {
        throw new RangeError(`expected a ${Type.name}, got a ${values.constructor.name}`);
      }
      return new Uint8Array(values.buffer, values.byteOffset, values.byteLength).slice();
    },
  };
}

/** 16-bit floats, converted to float32 when read and rounded to the nearest value when written. */
function half(format: NumberFormat): ElementType {
  let table: Float32Array | undefined;
  return {
    bytes: 2,
    decode(bytes) {
      const codes = new Uint16Array(new Uint8Array(bytes).buffer);
      table ??= Float32Array.from({ length: 2 ** 16 }, (_, code) => format.decode(code));
      const values = new Float32Array(codes.length);
      for (let i = 0; i < codes.length; i++) values[i] = table[codes[i]!]!;
      return values;
    },
    encode(values) {
      if (!(values instanceof Float32Array)) {
        throw new RangeError(`expected a Float32Array, got a ${values.constructor.name}`);
      }
      const codes = new Uint16Array(values.length);
      for (let i = 0; i < values.length; i++) {
        const value = values[i]!;
        if (Math.abs(value) > format.max && Number.isFinite(value)) {
          throw new RangeError(
            `value ${i} is ${value}, beyond ${format.max}, the largest of the type: store F32`,
          );
        }
        codes[i] = format.encode(value, { saturate: false });
      }
      return new Uint8Array(codes.buffer);
    },
  };
}

/** A byte that is 0 or 1. */
const truth: ElementType = {
  bytes: 1,
  decode: (bytes) => {
    if (bytes.some((value) => value > 1)) throw new RangeError('expected bytes of 0 or 1');
    return bytes.slice();
  },
  encode: (values) => {
    if (!(values instanceof Uint8Array) || values.some((value) => value > 1)) {
      throw new RangeError('expected a Uint8Array of 0 and 1');
    }
    return values.slice();
  },
};

/** Element types that can be read and written, by their safetensors name. */
export const elementTypes = {
  F64: plain(Float64Array),
  F32: plain(Float32Array),
  F16: half(fp16),
  BF16: half(bf16),
  I64: plain(BigInt64Array),
  I32: plain(Int32Array),
  I16: plain(Int16Array),
  I8: plain(Int8Array),
  U64: plain(BigUint64Array),
  U32: plain(Uint32Array),
  U16: plain(Uint16Array),
  U8: plain(Uint8Array),
  BOOL: truth,
} as const satisfies Readonly<Record<string, ElementType>>;

export type ElementTypeName = keyof typeof elementTypes;

/**
 * Bits per element of safetensors types that are not converted to numbers. Such tensors are kept as
 * bytes, so that a file with some of them can be read; no layer accepts them.
 */
export const unreadTypes = {
  F4: 4,
  F6_E2M3: 6,
  F6_E3M2: 6,
  F8_E4M3: 8,
  F8_E5M2: 8,
  F8_E4M3FNUZ: 8,
  F8_E5M2FNUZ: 8,
  F8_E8M0: 8,
  C64: 64,
} as const satisfies Readonly<Record<string, number>>;

type UnreadTypeName = keyof typeof unreadTypes;

/** A tensor as stored in a file, in row-major order. */
export interface StoredTensor {
  readonly type: ElementTypeName | UnreadTypeName;
  readonly shape: readonly number[];
  /** For a tensor of an `UnreadTypeName`, the bytes as a Uint8Array. */
  readonly values: TensorValues;
}
