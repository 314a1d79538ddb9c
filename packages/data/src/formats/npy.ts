import { elementCount } from '../assembleBatch.ts';
import { ByteReader } from './byteReader.ts';
import { DataError } from './dataError.ts';

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

/** What a file in NumPy's format says of its array. */
export interface NpyHeader {
  readonly type: keyof typeof types;
  readonly shape: readonly number[];
  /** Where the values begin. */
  readonly offset: number;
}

const greatestHeader = 0xffff;

/**
 * Reads an array in NumPy's format, versions 1 to 3. Little-endian and row-major only: the other
 * orders are refused. 64-bit integers become float64.
 *
 * @throws DataError for another file, dtype or order, a length that is not what the shape says, NaN,
 * infinities, and integers beyond 2⁵³
 */
export function parseNpy(bytes: Uint8Array, file: string): NumberTable {
  const header = parseNpyHeader(bytes, file);
  return { shape: header.shape, values: npyValues(bytes.subarray(header.offset), header, file) };
}

/** The header, of a file of `fileLength` bytes that begins with `bytes`. */
export function parseNpyHeader(
  bytes: Uint8Array,
  file: string,
  fileLength = bytes.length,
): NpyHeader {
  const { descr, shape, offset, refuse } = describeNpy(bytes, file);
  if (!isType(descr)) {
    throw refuse(
      `dtype ${JSON.stringify(descr)}: expected little-endian ${Object.keys(types).join(', ')}; ` +
        (/[USO]/.test(descr) ? remedyForTexts : remedyForNumbers),
    );
  }
  requireNpyLength(types[descr].BYTES_PER_ELEMENT, { descr, shape, offset }, file, fileLength);
  return { type: descr, shape, offset };
}

const remedyForNumbers = "save array.astype('float32'), or 'int64' for whole numbers";
const remedyForTexts =
  'save the index of each text in your list of classes, or numbers; names of privacy units may be ' +
  'texts, array.astype(str)';

const isType = (descr: string): descr is keyof typeof types => Object.hasOwn(types, descr);

/** What a header says, whatever the elements are. */
export interface NpyDescription {
  /** NumPy's name of the elements' type, as <f4 or <U12. */
  readonly descr: string;
  readonly shape: readonly number[];
  /** Where the values begin. */
  readonly offset: number;
}

/** Reads a header; `refuse` makes an error at its place. */
export function describeNpy(
  bytes: Uint8Array,
  file: string,
): NpyDescription & { refuse: (message: string) => DataError } {
  const reader = new ByteReader(bytes, file);
  const magic = String.fromCharCode(...reader.slice(0, 8, 'the NPY magic').subarray(0, 6));
  if (magic !== '\x93NUMPY') throw reader.error(0, 'expected the magic \\x93NUMPY');
  const version = bytes[6]!;
  if (version < 1 || version > 3) {
    throw reader.error(6, `expected version 1, 2 or 3, got ${version}`);
  }
  const start = version === 1 ? 10 : 12;
  const headerLength = version === 1 ? reader.uint16(8, 'length') : reader.uint32(8, 'length');
  if (headerLength > greatestHeader) {
    throw reader.error(
      8,
      `expected a header of at most ${greatestHeader} bytes, got ${headerLength}`,
    );
  }
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
  const shape = dimensions.split(',').flatMap((part) => (part.trim() ? [Number(part)] : []));
  return { descr, shape, offset: start + headerLength, refuse };
}

/** Throws DataError unless a file of `fileLength` bytes has what its header says. */
export function requireNpyLength(
  elementLength: number,
  { descr, shape, offset }: NpyDescription,
  file: string,
  fileLength: number,
): void {
  const size = elementCount(shape) * elementLength;
  if (shape.length <= 8 && size === fileLength - offset) return;
  throw new DataError(
    `${file}, offset ${offset}: expected ${size} bytes for the shape [${shape.join(', ')}] of ${descr}, ` +
      `got ${fileLength - offset}`,
  );
}

/** Bytes of one row of an array [count, …]. */
export function npyRowLength({ type, shape }: NpyHeader): number {
  return elementCount(shape.slice(1)) * types[type].BYTES_PER_ELEMENT;
}

/** Whether any bytes are values: neither NaN nor too large. */
export function isAlwaysFinite({ type }: NpyHeader): boolean {
  return !['<i8', '<f4', '<f8'].includes(type);
}

/**
 * Values of some rows from their bytes. Unsigned bytes are not copied.
 *
 * @param rowAt number of the i-th of these rows, for messages
 * @throws DataError for NaN, infinities, and integers beyond 2⁵³
 */
export function npyValues(
  bytes: Uint8Array,
  { type, shape }: NpyHeader,
  file: string,
  rowAt: (i: number) => number = (i) => i,
): NumericArray {
  const Type = types[type];
  if (Type === Uint8Array) return bytes;
  // A typed array must begin at a multiple of its element size. (A Buffer's own slice would not copy.)
  return checkedValues(new Type(new Uint8Array(bytes).buffer), shape, file, rowAt);
}

// A local name: looking up a global for every value is slow where globals are intercepted.
const { isFinite } = Number;

function checkedValues(
  values: NumericArray | BigInt64Array,
  shape: readonly number[],
  file: string,
  rowAt: (i: number) => number,
): NumericArray {
  if (!(
    values instanceof BigInt64Array ||
    values instanceof Float32Array ||
    values instanceof Float64Array
  )) {
    return values;
  }
  const rowLength = elementCount(shape.slice(1));
  const refuse = (i: number, what: string) =>
    new DataError(`${file}, row ${rowAt(Math.floor(i / rowLength))}: ${what}`);
  if (values instanceof BigInt64Array) {
    return Float64Array.from({ length: values.length }, (_, i) => {
      const value = Number(values[i]);
      if (!Number.isSafeInteger(value)) throw refuse(i, `expected below 2^53, got ${value}`);
      return value;
    });
  }
  for (let i = 0; i < values.length; i++) {
    if (!isFinite(values[i]!)) {
      throw refuse(i, `expected finite numbers, got ${String(values[i])}`);
    }
  }
  return values;
}
