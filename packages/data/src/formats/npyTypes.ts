/** Typed arrays of numbers. */
export type NumericArray =
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array
  | Float32Array
  | Float64Array;

/** How to read a NumPy type from bytes. */
export interface NpyType {
  /** Bytes per number. */
  readonly size: number;
  /** Whether every bit pattern is a valid value: neither NaN, infinite nor too large. */
  readonly isAlwaysFinite: boolean;
  /** Converts little-endian bytes, which may be kept and shared with the result. */
  decode(bytes: ArrayBuffer): NumericArray | BigInt64Array | BigUint64Array;
}

const type = (
  size: number,
  decode: NpyType['decode'],
  { isAlwaysFinite = true } = {},
): NpyType => ({ size, decode, isAlwaysFinite });

/** By NumPy's kind and size: boolean, unsigned, signed and floating-point numbers. */
export const npyTypes = {
  // Signed bytes, since unsigned bytes are taken for pixels.
  b1: type(1, (bytes) => new Int8Array(bytes)),
  u1: type(1, (bytes) => new Uint8Array(bytes)),
  i1: type(1, (bytes) => new Int8Array(bytes)),
  u2: type(2, (bytes) => new Uint16Array(bytes)),
  i2: type(2, (bytes) => new Int16Array(bytes)),
  u4: type(4, (bytes) => new Uint32Array(bytes)),
  i4: type(4, (bytes) => new Int32Array(bytes)),
  u8: type(8, (bytes) => new BigUint64Array(bytes), { isAlwaysFinite: false }),
  i8: type(8, (bytes) => new BigInt64Array(bytes), { isAlwaysFinite: false }),
  f2: type(2, (bytes) => Float32Array.from(new Uint16Array(bytes), halfValue), {
    isAlwaysFinite: false,
  }),
  f4: type(4, (bytes) => new Float32Array(bytes), { isAlwaysFinite: false }),
  f8: type(8, (bytes) => new Float64Array(bytes), { isAlwaysFinite: false }),
} as const;

/** The type in a header, such as `<f4` or `>i2`, and whether its bytes are big-endian. */
export function npyTypeOf(
  descr: string,
): { name: keyof typeof npyTypes; isBigEndian: boolean } | undefined {
  const [, order, name] = /^([<>|])([a-z]\d)$/.exec(descr) ?? [];
  if (name === undefined || !Object.hasOwn(npyTypes, name)) return undefined;
  return { name: name as keyof typeof npyTypes, isBigEndian: order === '>' };
}

/** Reverses the bytes of each number, in place. */
export function swapBytes(bytes: Uint8Array, size: number): void {
  for (let offset = 0; offset < bytes.length; offset += size) {
    bytes.subarray(offset, offset + size).reverse();
  }
}

/** The value of an IEEE 754 binary16 number. */
function halfValue(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0x1f) return fraction ? NaN : sign * Infinity;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** Reorders values from column-major to row-major. */
export function inRowMajorOrder(values: NumericArray, shape: readonly number[]): NumericArray {
  const ordered = values.slice();
  // Distance in `values` between neighbours along each axis.
  const strides = shape.map((_, axis) => shape.slice(0, axis).reduce((a, b) => a * b, 1));
  const place = shape.map(() => 0);
  let from = 0;
  for (let i = 0; i < values.length; i++) {
    ordered[i] = values[from]!;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      from += strides[axis]!;
      place[axis]!++;
      if (place[axis]! < shape[axis]!) break;
      from -= strides[axis]! * shape[axis]!;
      place[axis] = 0;
    }
  }
  return ordered;
}
