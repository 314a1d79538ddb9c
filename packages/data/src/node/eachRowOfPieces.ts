import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { parse } from 'csv-parse';
import {
  eachRow,
  rowParsing,
  withoutLines,
  type RowOptions,
  type VisitRow,
} from '../tables/tableRows.ts';

/**
 * Visits the rows of a table whose text comes in pieces, one of which is in memory at a time;
 * otherwise like `eachRow`.
 *
 * @throws DataError as `eachRow` does, and what the pieces throw
 */
export async function eachRowOfPieces(
  pieces: Iterable<string>,
  file: string,
  options: RowOptions,
  visit: VisitRow,
): Promise<void> {
  const { skipLines = 0, limit } = options;
  const others = pieces[Symbol.iterator]();
  const start = startOf(others, skipLines + (limit ?? 1));
  if (limit !== undefined) {
    eachRow(start, file, options, visit);
    return;
  }
  const lines = withoutLines(start, skipLines, file);
  const parsing = rowParsing(lines, file, options, visit);
  function* bytes(): Generator<Uint8Array> {
    yield encoder.encode(lines);
    for (let next = others.next(); !next.done; next = others.next()) {
      yield encoder.encode(next.value);
    }
  }
  try {
    await pipeline(Readable.from(bytes(), { highWaterMark: 1 }), parse(parsing.options));
  } catch (cause) {
    throw parsing.errorOf(cause);
  }
}

const encoder = new TextEncoder();

/** Joins pieces until they contain this number of line ends. */
function startOf(pieces: Iterator<string>, lineEnds: number): string {
  let start = '';
  let found = 0;
  while (found < lineEnds) {
    const next = pieces.next();
    if (next.done) break;
    start += next.value;
    found = start.match(/\r\n|\n|\r/g)?.length ?? 0;
  }
  return start;
}
