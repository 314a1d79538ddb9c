import type { Dataset } from '../../dataset.ts';
import { tableReader } from '../../tables/tableReader.ts';
import type { TargetKind } from '../../tables/tableTargets.ts';
import type { DataKind } from '../dataKind.ts';
import { csvOptions, type LoadOptions } from '../loadOptions.ts';
import { isTableName, openTable } from '../tableFile.ts';

/** Text tables with one row per line. */
export const tableKind: DataKind = {
  name: 'csv',
  expected: 'a table (.csv, .tsv, .data, .txt, .gz or not)',
  recognizes: (name, isFolder) => !isFolder && isTableName(name),
  options: [
    ...(['targets', 'weights', 'greatestWeight', 'privacyUnit'] as const),
    ...(['categories', 'standardization', 'drop', 'missing', 'missingValues'] as const),
    ...(['header', 'columns', 'delimiter', 'decimalComma', 'quote', 'skipLines'] as const),
    ...(['encoding', 'replace', 'fromValues'] as const),
  ],
  load: (path, options) => loadTable(path, options, 'class'),
  loadNumbers: (path, options) => loadTable(path, options, 'numbers'),
};

/** The data set of a table in a file, read row by row. */
async function loadTable(path: string, options: LoadOptions, kind: TargetKind): Promise<Dataset> {
  const table = await openTable(path, options);
  const all = { ...table.facts, ...csvOptions(options) };
  const reader = tableReader(path, all, kind);
  await table.visit(all, reader);
  return reader.dataset();
}
