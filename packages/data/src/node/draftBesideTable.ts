import { writeFile } from 'node:fs/promises';
import { DataError } from '../formats/dataError.ts';
import { draftSidecar, type SidecarDraft } from '../tables/draftSidecar.ts';
import { keptRows } from '../tables/tableColumns.ts';
import { recognizeKind } from './dataKinds.ts';
import { csvOptions, type LoadOptions } from './loadOptions.ts';
import { findSidecar, sidecarPath } from './sidecarFile.ts';
import { openTable } from './tableFile.ts';

export interface DraftOptions extends LoadOptions {
  /**
   * Whether to look at the values of all rows, which is outside the guarantee. Otherwise only the
   * header is read, and the number of cells of the next line. Default false.
   */
  readonly lookAtValues?: boolean | undefined;
  /**
   * Whether the targets are numbers and not classes. Default: derived from the values if they are
   * read.
   */
  readonly targetsAreNumbers?: boolean | undefined;
}

/**
 * Writes a first version of a table's sidecar file; see `draftSidecar`.
 *
 * @throws DataError if the data is not a table or has a sidecar file already, and as `loadDataset`
 *   does for options that do not fit the table
 */
export async function draftBesideTable(
  path: string,
  { lookAtValues = false, targetsAreNumbers, ...options }: DraftOptions = {},
): Promise<SidecarDraft & { readonly file: string }> {
  const kind = await recognizeKind(path);
  if (kind.name !== 'csv') {
    throw new DataError(
      `${path}: a sidecar file can only be drafted for a table, got ${kind.name}`,
    );
  }
  const existing = findSidecar(path);
  if (existing !== undefined) {
    throw new DataError(
      `${existing}: is there already; edit it, or move it away to draft a new one`,
    );
  }
  const file = sidecarPath(path);
  const opened = await openTable(path, options);
  const known = { ...opened.facts, ...csvOptions(options) };
  const kept = keptRows();
  await opened.visit(known, kept, lookAtValues ? undefined : 1);
  const { names, rows } = kept.table;
  const found = { names, ...(lookAtValues && { rows }) };
  const draft = draftSidecar(found, path, known, targetsAreNumbers);
  await writeFile(file, `${formattedJson(draft.sidecar)}\n`, { flag: 'wx' });
  return { ...draft, file };
}

/** JSON with one line per column; short values in one line. */
function formattedJson(value: unknown, indent = ''): string {
  const flat = JSON.stringify(value);
  const isShort = indent.length + flat.length <= 100;
  if (Array.isArray(value) || typeof value !== 'object' || value === null) return jsonLine(value);
  if (isShort && indent !== '' && Object.values(value).every((item) => typeof item !== 'object')) {
    return jsonLine(value);
  }
  const inner = `${indent}  `;
  const lines = Object.entries(value).map(
    ([name, item]) => `${inner}${JSON.stringify(name)}: ${formattedJson(item, inner)}`,
  );
  return lines.length === 0 ? '{}' : `{\n${lines.join(',\n')}\n${indent}}`;
}

/** JSON in one line. */
const jsonLine = (value: unknown): string =>
  JSON.stringify(value, undefined, 1)
    .replace(/\n\s*/g, ' ')
    .replace(/^\[ /, '[')
    .replace(/ \]$/, ']');
