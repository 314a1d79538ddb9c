import { elementCount } from '../assembleBatch.ts';
import { ByteReader } from './byteReader.ts';

export type NumericArray =
  Uint8Array | Int8Array | Uint16Array | Int32Array | Float32Array | Float64Array;

/** An array of numbers in row-major order. */
export interface NumberTable {
  readonly shape: readonly number[];
  readonly values: NumericArray;
}

const types = {
  '|u1': Uint8Array,
  '|i1': Int8Array,
  '<u2': Uint16Array,
  '<i4': Int32Array,
  '<i8': BigInt64Array,
  '<f4': Float32Array,
  '<f8': Float64Array,
} as const;

/**
 * Reads an array in NumPy's format, versions 1 to 3. Little-endian and row-major only: the other
 * orders are refused. 64-bit integers become float64.
 *
 * @throws DataError for another file, dtype or order, a length that is not what the shape says, NaN,
 * infinities, and integers beyond 2⁵³
 */
export function parseNpy(bytes: Uint8Array, file: string): NumberTable {
  const reader = new ByteReader(bytes, file);
  const magic = String.fromCharCode(...reader.slice(0, 8, 'the NPY magic').subarray(0, 6));
  if (magic !== '\x93NUMPY') throw reader.error(0, 'expected the magic \\x93NUMPY');
  const version = bytes[6]!;
  if (version < 1 || version > 3) {
    throw reader.error(6, `expected version 1, 2 or 3, got ${version}`);
  }
  const start = version === 1 ? 10 : 12;
  const headerLength = version === 1 ? reader.uint16(8, 'length') : reader.uint32(8, 'length');
  const text = new TextDecoder().decode(reader.slice(start, headerLength, 'the NPY header'));
  const refuse = (message: string) => reader.error(start, message);
  const descr = /'descr'\s*:\s*'([^']{1,16})'/.exec(text)?.[1];
  const order = /'fortran_order'\s*:\s*(True|False)/.exec(text)?.[1];
  const dimensions = /'shape'\s*:\s*\(([\d\s,]*)\)/.exec(text)?.[1];
  if (descr === undefined || order === undefined || dimensions === undefined) {
    throw refuse("expected a header with 'descr', 'fortran_order' and 'shape'");
  }
  if (order === 'True') {
    throw refuse('expected row-major order: save numpy.ascontiguousarray(array)');
  }
  const Type = types[descr as keyof typeof types] as (typeof types)[keyof typeof types] | undefined;
  if (!Type) {
    throw refuse(
      `dtype ${JSON.stringify(descr)}: expected little-endian ${Object.keys(types).join(', ')}`,
    );
  }
  const shape = dimensions.split(',').flatMap((part) => (part.trim() ? [Number(part)] : []));
  const count = elementCount(shape);
  const size = count * Type.BYTES_PER_ELEMENT;
  const offset = start + headerLength;
  if (shape.length > 8 || size !== bytes.length - offset) {
    throw reader.error(
      offset,
      `expected ${size} bytes for the shape [${shape.join(', ')}] of ${descr}, got ${bytes.length - offset}`,
    );
  }
  // A typed array must begin at a multiple of its element size; bytes need no copy. (A Buffer's own
  // slice would not copy.)
  const values =
    Type === Uint8Array
      ? bytes.subarray(offset)
      : new Type(new Uint8Array(bytes.subarray(offset)).buffer, 0, count);
  return { shape, values: checkedValues(values, shape, file) };
}

function checkedValues(
  values: NumericArray | BigInt64Array,
  shape: readonly number[],
  file: string,
): NumericArray {
  if (!(
    values instanceof BigInt64Array ||
    values instanceof Float32Array ||
    values instanceof Float64Array
  )) {
    return values;
  }
  const rowLength = elementCount(shape.slice(1));
  const reader = new ByteReader(new Uint8Array(), `${file}`);
  const refuse = (i: number, what: string) =>
    reader.error(i * values.BYTES_PER_ELEMENT, `row ${Math.floor(i / rowLength)}: ${what}`);
  if (values instanceof BigInt64Array) {
    return Float64Array.from({ length: values.length }, (_, i) => {
      const value = Number(values[i]);
      if (!Number.isSafeInteger(value)) throw refuse(i, `expected below 2^53, got ${value}`);
      return value;
    });
  }
  for (let i = 0; i < values.length; i++) {
    if (!Number.isFinite(values[i])) {
      throw refuse(i, `expected finite numbers, got ${String(values[i])}`);
    }
  }
  return values;
}
