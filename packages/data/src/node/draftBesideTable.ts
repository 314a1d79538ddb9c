import { writeFile } from 'node:fs/promises';
import { DataError } from '../formats/dataError.ts';
import { draftSidecar, type SidecarDraft } from '../tables/draftSidecar.ts';
import { keptRows } from '../tables/tableColumns.ts';
import { existingSidecar, sidecarPath } from './besideTable.ts';
import { recognizeKind } from './dataKinds.ts';
import { csvOptions, type LoadOptions } from './loadOptions.ts';
import { openTable } from './tableFile.ts';

export interface DraftOptions extends LoadOptions {
  /**
   * Whether the values of all rows are looked at, which is outside the guarantee; only the first
   * line otherwise, and the number of cells of the next. Default false.
   */
  readonly lookAtValues?: boolean | undefined;
  /** Whether the targets are numbers, not classes. By default what is found, if it is looked at. */
  readonly targetsAreNumbers?: boolean | undefined;
}

/**
 * Writes a first version of the file beside a table; see `draftSidecar`.
 *
 * @throws DataError for other data than a table, where there is such a file already, and as
 *   `loadDataset` does for answers that do not suit the table
 */
export async function draftBesideTable(
  path: string,
  { lookAtValues = false, targetsAreNumbers, ...options }: DraftOptions = {},
): Promise<SidecarDraft & { readonly file: string }> {
  const kind = await recognizeKind(path);
  if (kind.name !== 'csv') {
    throw new DataError(
      `${path}: expected a table to draft what is public about it, got ${kind.name}`,
    );
  }
  const existing = existingSidecar(path);
  if (existing !== undefined) {
    throw new DataError(
      `${existing}: is there already; change it, or move it away to draft another`,
    );
  }
  const file = sidecarPath(path);
  const opened = await openTable(path, options);
  const known = { ...opened.beside, ...csvOptions(options) };
  const kept = keptRows();
  await opened.visit(known, kept, lookAtValues ? undefined : 1);
  const { names, rows } = kept.table;
  const found = { names, ...(lookAtValues && { rows }) };
  const draft = draftSidecar(found, path, known, targetsAreNumbers);
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
