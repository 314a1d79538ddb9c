import { lstatSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { DataError } from '../formats/dataError.ts';
import { draftSidecar, type SidecarDraft } from '../tables/draftSidecar.ts';
import { namedRows } from '../tables/tableColumns.ts';
import { sidecarPath } from './besideTable.ts';
import { csvOptions, recognizeKind, type LoadOptions } from './loadDataset.ts';
import { readTable } from './tableFile.ts';

export interface DraftOptions extends LoadOptions {
  /**
   * Whether the values of all rows are looked at, which is outside the guarantee; only the first
   * line otherwise, and the number of cells of the next. Default false.
   */
  readonly lookAtValues?: boolean | undefined;
}

/**
 * Writes a first version of the file beside a table; see `draftSidecar`.
 *
 * @throws DataError for other data than a table, where there is such a file already, and as
 *   `loadDataset` does for answers that do not suit the table
 */
export async function draftBesideTable(
  path: string,
  { lookAtValues = false, ...options }: DraftOptions = {},
): Promise<SidecarDraft & { readonly file: string }> {
  const kind = await recognizeKind(path);
  if (kind !== 'csv') {
    throw new DataError(`${path}: expected a table to draft what is public about it, got ${kind}`);
  }
  const file = sidecarPath(path);
  if (lstatSync(file, { throwIfNoEntry: false })) {
    throw new DataError(`${file}: is there already; change it, or move it away to draft another`);
  }
  const { text, beside } = await readTable(path, options);
  const known = { ...beside, ...csvOptions(options) };
  const table = namedRows(text, path, known, lookAtValues ? undefined : 1);
  const draft = draftSidecar(
    { names: table.names, ...(lookAtValues && { rows: table.rows }) },
    path,
    known,
  );
  await writeFile(file, `${readable(draft.sidecar)}\n`, { flag: 'wx' });
  return { ...draft, file };
}

/** JSON with a line for each column and short lists in one. */
function readable(value: unknown, indent = ''): string {
  const flat = JSON.stringify(value);
  const isShort = indent.length + flat.length <= 100;
  if (Array.isArray(value) || typeof value !== 'object' || value === null) return spaced(value);
  if (isShort && indent !== '' && Object.values(value).every((item) => typeof item !== 'object')) {
    return spaced(value);
  }
  const inner = `${indent}  `;
  const lines = Object.entries(value).map(
    ([name, item]) => `${inner}${JSON.stringify(name)}: ${readable(item, inner)}`,
  );
  return lines.length === 0 ? '{}' : `{\n${lines.join(',\n')}\n${indent}}`;
}

/** JSON in one line. */
const spaced = (value: unknown): string =>
  JSON.stringify(value, undefined, 1)
    .replace(/\n\s*/g, ' ')
    .replace(/^\[ /, '[')
    .replace(/ \]$/, ']');
