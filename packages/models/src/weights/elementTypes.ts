import { bf16, fp16, type NumberFormat } from '@dpquant/quantization';

/** Values of a stored tensor. Half precision is widened to float32, which holds it exactly. */
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

/** How the elements of a tensor are stored. */
interface ElementType {
  /** Bytes of an element. */
  readonly bytes: number;
  /** The values in little-endian bytes, whose length is a multiple of the size of an element. */
  decode(bytes: Uint8Array): TensorValues;
  /** @throws RangeError for values that the type does not hold */
  encode(values: TensorValues): Uint8Array;
}

interface TypedArrayConstructor<T extends TensorValues> {
  readonly BYTES_PER_ELEMENT: number;
  readonly name: string;
  new (buffer: ArrayBuffer): T;
}

/** Elements that a typed array of this platform holds as they are. */
function plain<T extends TensorValues>(Type: TypedArrayConstructor<T>): ElementType {
  return {
    bytes: Type.BYTES_PER_ELEMENT,
    // A copy: a typed array has to begin at a multiple of the size of its elements.
    decode: (bytes) => new Type(new Uint8Array(bytes).buffer),
    encode: (values) => {
      if (!(values instanceof Type)) {
        throw new RangeError(`expected a ${Type.name}, got a ${values.constructor.name}`);
      }
      return new Uint8Array(values.buffer, values.byteOffset, values.byteLength).slice();
    },
  };
}

/** Numbers of 16 bits, widened when read and rounded to the nearest when written. */
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

/** The types of elements that can be read and written, by the names of safetensors. */
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
 * Bits of an element, of the types of safetensors that have no numbers here. Tensors of these types
 * are kept as bytes, so that a file that has some can be read; no layer takes them.
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

/** A tensor as a file has it, in row-major order. */
export interface StoredTensor {
  readonly type: ElementTypeName | UnreadTypeName;
  readonly shape: readonly number[];
  /** The bytes, as a Uint8Array, of a tensor of one of the `UnreadTypeName`s. */
  readonly values: TensorValues;
}
