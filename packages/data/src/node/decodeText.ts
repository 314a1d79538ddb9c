import { DataError } from '../formats/dataError.ts';

/** Encoding unless the caller or a byte order mark says otherwise. */
const defaultEncoding = 'utf-8';

/** Byte order marks (Unicode Standard, 23.8) and their encodings. */
const marks: readonly (readonly [encoding: string, bytes: readonly number[]])[] = [
  ['utf-8', [0xef, 0xbb, 0xbf]],
  ['utf-16le', [0xff, 0xfe]],
  ['utf-16be', [0xfe, 0xff]],
];

/** Bytes decoded at a time when searching for the place of an error. */
const pieceLength = 2 ** 16;

/**
 * Decodes the text of a file, without its byte order mark. Invalid bytes are refused, never
 * replaced: a replacement could merge two names, or change a name from file to file.
 *
 * @param encoding a label of the Encoding Standard, such as windows-1252 or shift_jis; default
 *   UTF-8, or UTF-16 if the file begins with its byte order mark
 * @throws DataError for an unknown encoding, one that contradicts the byte order mark, or invalid
 *   bytes
 */
export function decodeText(bytes: Uint8Array, file: string, encoding?: string): string {
  const { decoder, markLength } = decoderFor(bytes, file, encoding);
  const content = bytes.subarray(markLength);
  let text: string;
  try {
    text = decoder.decode(content);
  } catch (cause) {
    const offset = bytes.length - content.length + offsetOfError(content, decoder.encoding);
    throw new DataError(
      `${file}, offset ${offset}: expected text in ${decoder.encoding}; name the encoding that the ` +
        'file was saved in (--encoding windows-1252, for example), or save it in UTF-8',
      { cause },
    );
  }
  const zero = text.indexOf('\0');
  if (zero !== -1) {
    throw new DataError(
      `${file}: expected text in ${decoder.encoding}, got a zero as character ${zero}; ` +
        'is it UTF-16 (--encoding utf-16le or utf-16be)?',
    );
  }
  return text;
}

/**
 * The same for a file in pieces, the first of which has the byte order mark.
 *
 * @param whole returns all bytes; called only to find the place of an error
 */
export function* decodedPieces(
  pieces: Iterable<Uint8Array>,
  whole: () => Uint8Array,
  file: string,
  encoding?: string,
): Generator<string> {
  let decoder: TextDecoder | undefined;
  const decoded = (content?: Uint8Array): string => {
    try {
      const text = decoder!.decode(content, { stream: content !== undefined });
      if (!text.includes('\0')) return text;
    } catch {
      // `decodeText` of the whole file below names the place.
    }
    decodeText(whole(), file, encoding);
    throw new DataError(`${file}: was changed while it was read; load it again`);
  };
  for (const piece of pieces) {
    const found = decoder ? undefined : decoderFor(piece, file, encoding);
    decoder ??= found!.decoder;
    yield decoded(piece.subarray(found?.markLength ?? 0));
  }
  if (decoder) yield decoded();
}

/** The decoder for a file that begins with these bytes, and the length of its byte order mark. */
function decoderFor(
  start: Uint8Array,
  file: string,
  encoding: string | undefined,
): { readonly decoder: TextDecoder; readonly markLength: number } {
  const [mark, markBytes] = marks.find(([, bytes]) => bytes.every((b, i) => start[i] === b)) ?? [];
  const decoder = decoderOf(encoding ?? mark ?? defaultEncoding, file);
  if (mark === undefined || mark === decoder.encoding) {
    return { decoder, markLength: markBytes?.length ?? 0 };
  }
  throw new DataError(
    `${file}, offset 0: the file begins with the mark of ${mark}, not of ${decoder.encoding}; ` +
      'leave out encoding (--encoding)',
  );
}

function decoderOf(encoding: string, file: string): TextDecoder {
  try {
    return new TextDecoder(encoding, { fatal: true, ignoreBOM: true });
  } catch (cause) {
    throw new DataError(
      `${file}: encoding ${JSON.stringify(encoding)}: expected a name as utf-8, utf-16le, ` +
        'windows-1252, shift_jis or gb18030',
      { cause },
    );
  }
}

/** Offset of the first invalid character. */
function offsetOfError(bytes: Uint8Array, encoding: string): number {
  // A character cut off by the end of the file is in the last piece.
  const lastPiece = pieceLength * Math.floor((bytes.length - 1) / pieceLength);
  const piece = Math.min(goodLength(bytes, encoding, 0, pieceLength), lastPiece);
  return goodLength(bytes.subarray(0, piece + pieceLength), encoding, piece, 1);
}

/**
 * Length of the longest valid beginning, in steps of `step` bytes; the first `start` bytes are
 * valid.
 */
function goodLength(bytes: Uint8Array, encoding: string, start: number, step: number): number {
  const decoder = new TextDecoder(encoding, { fatal: true, ignoreBOM: true });
  decoder.decode(bytes.subarray(0, start), { stream: true });
  let end = start;
  try {
    for (let offset = start; offset < bytes.length; offset += step) {
      const text = decoder.decode(bytes.subarray(offset, offset + step), { stream: true });
      if (text !== '') end = offset + step;
    }
  } catch {
    return end;
  }
  return end;
}
