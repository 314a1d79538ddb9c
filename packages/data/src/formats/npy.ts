import { elementCount } from '../assembleBatch.ts';
import { ByteReader } from './byteReader.ts';
import { DataError } from './dataError.ts';
import { inRowMajorOrder, npyTypeOf, npyTypes, swapBytes, type NumericArray } from './npyTypes.ts';

export type { NumericArray } from './npyTypes.ts';

/** An array of numbers in row-major order. */
export interface NumberTable {
  readonly shape: readonly number[];
  readonly values: NumericArray;
}

/** The header of a file in NumPy's format. */
export interface NpyHeader {
  readonly type: keyof typeof npyTypes;
  readonly isBigEndian: boolean;
  /** Whether the first axis varies fastest, so that the values of a row are not contiguous. */
  readonly isColumnMajor: boolean;
  readonly shape: readonly number[];
  /** Where the values begin. */
  readonly offset: number;
}

const greatestHeader = 0xffff;

/**
 * Reads an array in NumPy's NPY format, versions 1 to 3: booleans, integers and floating-point
 * numbers in either byte order and axis order. 64-bit integers become float64, float16 becomes
 * float32, booleans become 0 and 1.
 *
 * @throws DataError for another file type or dtype, a length that does not match the shape, NaN,
 *   infinities, or integers of 2⁵³ or more
 */
export function parseNpy(bytes: Uint8Array, file: string): NumberTable {
  const header = parseNpyHeader(bytes, file);
  const values = npyValues(bytes.subarray(header.offset), header, file);
  const { shape, isColumnMajor } = header;
  return { shape, values: isColumnMajor ? inRowMajorOrder(values, shape) : values };
}

/** Reads the header of a file of `fileLength` bytes that begins with `bytes`. */
export function parseNpyHeader(
  bytes: Uint8Array,
  file: string,
  fileLength = bytes.length,
): NpyHeader {
  const { refuse, ...description } = describeNpy(bytes, file);
  const { descr, shape, offset, isColumnMajor } = description;
  const found = npyTypeOf(descr);
  if (!found) {
    throw refuse(
      `dtype ${JSON.stringify(descr)}: expected bool, int, uint of 8 to 64 bits or float of 16 to 64; ` +
        (/[USO]/.test(descr) ? remedyForTexts : remedyForNumbers),
    );
  }
  const { name: type, isBigEndian } = found;
  requireNpyLength(npyTypes[type].size, description, file, fileLength);
  return { type, isBigEndian, isColumnMajor, shape, offset };
}

const remedyForNumbers = "save array.astype('float32'), or 'int64' for whole numbers";
const remedyForTexts =
  'save the index of each text in your list of classes, or numbers; names of privacy units may be ' +
  'texts, array.astype(str)';

/** The content of a header, for any type of elements. */
export interface NpyDescription {
  /** NumPy's name of the element type, such as <f4 or <U12. */
  readonly descr: string;
  readonly isColumnMajor: boolean;
  readonly shape: readonly number[];
  /** Where the values begin. */
  readonly offset: number;
}

/** Reads a header; `refuse` makes an error that names the file and offset. */
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
  const shape = dimensions.split(',').flatMap((part) => (part.trim() ? [Number(part)] : []));
  const isColumnMajor = order === 'True' && shape.length > 1;
  return { descr, isColumnMajor, shape, offset: start + headerLength, refuse };
}

/** @throws DataError unless a file of `fileLength` bytes holds exactly the array of its header */
export function requireNpyLength(
  elementLength: number,
  { descr, shape, offset }: Omit<NpyDescription, 'isColumnMajor'>,
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
  return elementCount(shape.slice(1)) * npyTypes[type].size;
}

/** Whether every bit pattern is a valid value: neither NaN, infinite nor too large. */
export function isAlwaysFinite({ type }: NpyHeader): boolean {
  return npyTypes[type].isAlwaysFinite;
}

/**
 * Converts the bytes of some rows to values, in the same order. Unsigned bytes are not copied.
 *
 * @param rowAt row number of the i-th of these rows, for messages
 * @throws DataError for NaN, infinities, or integers of 2⁵³ or more
 */
export function npyValues(
  bytes: Uint8Array,
  { type, shape, isBigEndian }: NpyHeader,
  file: string,
  rowAt: (i: number) => number = (i) => i,
): NumericArray {
  if (type === 'u1') return bytes;
  const { size } = npyTypes[type];
  // A typed array must begin at a multiple of its element size. (Buffer's `slice` would not copy.)
  const own = new Uint8Array(bytes);
  if (isBigEndian && size > 1) swapBytes(own, size);
  return checkedValues(npyTypes[type].decode(own.buffer), shape, file, rowAt);
}

// A local name: looking up a global for every value is slow where globals are intercepted.
const { isFinite } = Number;

function checkedValues(
  values: NumericArray | BigInt64Array | BigUint64Array,
  shape: readonly number[],
  file: string,
  rowAt: (i: number) => number,
): NumericArray {
  const rowLength = elementCount(shape.slice(1));
  const refuse = (i: number, what: string) =>
    new DataError(`${file}, row ${rowAt(Math.floor(i / rowLength))}: ${what}`);
  if (values instanceof BigInt64Array || values instanceof BigUint64Array) {
    return Float64Array.from({ length: values.length }, (_, i) => {
      const value = Number(values[i]);
      if (!Number.isSafeInteger(value)) {
        throw refuse(
          i,
          'expected below 2^53; save names of privacy units as texts, array.astype(str)',
        );
      }
      return value;
    });
  }
  if (!(values instanceof Float32Array || values instanceof Float64Array)) return values;
  for (let i = 0; i < values.length; i++) {
    if (!isFinite(values[i]!)) {
      throw refuse(i, `expected finite numbers, got ${String(values[i])}`);
    }
  }
  return values;
}
