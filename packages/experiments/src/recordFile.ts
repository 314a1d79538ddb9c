import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { ComparisonRecord } from '@dpquant/report';
import { comparisonCsv } from './comparisonCsv.ts';
import { upgradedRecord } from './upgradedRecord.ts';

const recordName = 'comparison.json';

/**
 * Reads the record of a comparison and converts it to the current version; null if there is none.
 *
 * @throws Error if it is damaged or of an unknown version
 */
export function readRecord(folder: string): ComparisonRecord | null {
  const file = join(folder, recordName);
  if (!existsSync(file)) return null;
  let record: Partial<ComparisonRecord>;
  try {
    record = upgradedRecord(JSON.parse(readFileSync(file, 'utf8'))) as typeof record;
  } catch (error) {
    throw new Error(`${file}: is damaged (${(error as Error).message}); restore a copy of it`, {
      cause: error,
    });
  }
  const isWhole =
    Array.isArray(record.table) &&
    Array.isArray(record.runs) &&
    typeof record.score?.metric === 'string';
  if ((record.version as unknown) === 2 && isWhole) return record as ComparisonRecord;
  throw new Error(
    `${file}: expected the record of a comparison, version 1 or 2; use the version of DPQuant that wrote it`,
  );
}

/**
 * Writes `comparison.json` and `table.csv`. Each file is replaced as a whole: after a crash the
 * earlier one remains.
 */
export function writeRecord(folder: string, record: ComparisonRecord): void {
  mkdirSync(folder, { recursive: true });
  replace(join(folder, recordName), `${JSON.stringify(record, null, 2)}\n`);
  replace(join(folder, 'table.csv'), comparisonCsv(record));
}

function replace(file: string, content: string): void {
  const temporary = `${file}.tmp`;
  const opened = openSync(temporary, 'w');
  try {
    writeFileSync(opened, content);
    fsyncSync(opened);
  } finally {
    closeSync(opened);
  }
  renameSync(temporary, file);
}
