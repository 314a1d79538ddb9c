import { elementCount } from '../assembleBatch.ts';
import { DataError } from '../formats/dataError.ts';
import { parseIdx, parseIdxHeader } from '../formats/idx.ts';
import { isGzip } from '../formats/inflate.ts';
import {
  isAlwaysFinite,
  npyRowLength,
  npyValues,
  parseNpy,
  parseNpyHeader,
  type NumberTable,
  type NumericArray,
} from '../formats/npy.ts';
import { withChannelAxis } from '../formats/npz.ts';
import { requireFloat32 } from '../inputValues.ts';
import { rowsInMemory, type RowStore } from '../rowStore.ts';
import { eachPiece, readPart, wholeFile, type FilePart } from './filePieces.ts';
import { fileRows } from './fileRows.ts';
import { readFileWithin } from './readFileWithin.ts';

/** An array [count, …] in a file. */
export interface ArrayFile {
  readonly shape: readonly number[];
  /**
   * Its rows, read from the file unless it is compressed; images [height, width] get a channel
   * axis.
   */
  rows(): RowStore;
  /** Reads all values into memory. */
  readonly values: () => NumericArray;
}

/** Greatest length of a header. */
const headerLength = 12 + 0xffff;

const greatestRow = 2 ** 28;

/** Opens an array of an IDX file. A compressed file is kept in memory, at most `limit` bytes. */
export async function openIdx(path: string, limit: number): Promise<ArrayFile> {
  const part = await wholeFile(path);
  const start = readPart(part, headerLength);
  if (isGzip(start)) {
    return inMemory(parseIdx(await readFileWithin(path, limit), path, limit), path);
  }
  const { shape, offset } = parseIdxHeader(start, path, part.length);
  return inFile(partFrom(part, offset), { shape, holdsBytes: true, decode: (bytes) => bytes });
}

/**
 * Opens an array in NumPy's format: a file or a part of one. Values that could be NaN or infinite
 * are checked once, in pieces, when the rows are requested. A column-major array is kept in memory,
 * because its rows are not contiguous.
 */
export function openNpy(part: FilePart, file: string): ArrayFile {
  const header = parseNpyHeader(readPart(part, headerLength), file, part.length);
  if (header.isColumnMajor) return inMemory(parseNpy(readPart(part), file), file);
  const values = partFrom(part, header.offset);
  const check = () => {
    if (isAlwaysFinite(header) || values.length === 0) return;
    eachPiece(values, npyRowLength(header), (piece, first) => {
      const numbers = npyValues(piece, header, file, (i) => first + i);
      requireFloat32(numbers, elementCount(header.shape.slice(1)), file, (i) => first + i);
    });
  };
  return inFile(values, {
    shape: header.shape,
    holdsBytes: header.type === 'u1',
    decode: (bytes, rows) => npyValues(bytes, header, file, rows && ((i) => rows[i]!)),
    check,
  });
}

/** An array in memory. */
export function inMemory({ shape, values }: NumberTable, file: string): ArrayFile {
  return {
    shape,
    rows() {
      requireFloat32(values, elementCount(shape.slice(1)), file);
      return rowsInMemory(values, withChannelAxis(shape.slice(1)));
    },
    values: () => values,
  };
}

/** How an array is stored in a file. */
interface ArrayInFile {
  readonly shape: readonly number[];
  readonly holdsBytes: boolean;
  decode(bytes: Uint8Array, rows?: readonly number[]): NumericArray;
  /** Checks all values before rows are read. */
  check?(): void;
}

function inFile(part: FilePart, array: ArrayInFile): ArrayFile {
  const { shape } = array;
  return {
    shape,
    rows() {
      const count = shape[0];
      if (!count || elementCount(shape) === 0) {
        throw new DataError(`${part.path}: expected rows, got [${shape.join(', ')}]`);
      }
      if (part.length / count > greatestRow) {
        throw new DataError(
          `${part.path}: expected rows of at most ${greatestRow} bytes, got ${part.length / count}`,
        );
      }
      array.check?.();
      return fileRows({ ...array, part, count, shape: withChannelAxis(shape.slice(1)) });
    },
    values: () => array.decode(readPart(part)),
  };
}

/** The part without its first `offset` bytes. */
const partFrom = (part: FilePart, offset: number): FilePart => ({
  ...part,
  offset: part.offset + offset,
  length: part.length - offset,
});
