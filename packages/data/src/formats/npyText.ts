import { elementCount } from '../assembleBatch.ts';
import { DataError } from './dataError.ts';
import { describeNpy, parseNpy, requireNpyLength, type NumericArray } from './npy.ts';

/** An array of numbers or texts. */
export interface NpyColumn {
  readonly shape: readonly number[];
  readonly values: NumericArray | readonly string[];
}

/**
 * Reads an array of numbers, or of texts such as names of people, in NumPy's NPY format: dtype U
 * (Unicode) or S (bytes, ASCII only).
 *
 * @throws DataError as `parseNpy` does, and for invalid or non-ASCII characters
 */
export function parseNpyColumn(bytes: Uint8Array, file: string): NpyColumn {
  const description = describeNpy(bytes, file);
  const { descr, shape, offset } = description;
  const [, order, kind, digits] = /^([<>|])([US])([1-9]\d{0,8})$/.exec(descr) ?? [];
  if (kind === undefined) return parseNpy(bytes, file);
  const length = Number(digits);
  const width = kind === 'U' ? 4 : 1;
  requireNpyLength(width * length, description, file, bytes.length);
  const view = new DataView(bytes.buffer, bytes.byteOffset + offset);
  const values = Array.from({ length: elementCount(shape) }, (_, row) => {
    let text = '';
    for (let i = row * length; i < (row + 1) * length; i++) {
      const code = width === 4 ? view.getUint32(4 * i, order === '<') : view.getUint8(i);
      if (width === 1 ? code > 0x7f : code > 0x10ffff) {
        const remedy = width === 1 ? "; save numpy.char.decode(array, 'utf-8')" : '';
        throw new DataError(
          `${file}, row ${row}: expected ${width === 1 ? 'ASCII' : 'Unicode'} characters, got ${code}${remedy}`,
        );
      }
      text += String.fromCodePoint(code);
    }
    // NumPy pads shorter texts with zeros.
    return text.replace(/\0+$/, '');
  });
  return { shape, values };
}
