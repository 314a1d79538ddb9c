import { createHash } from 'node:crypto';
import { existsSync, realpathSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { Dataset } from '@dpquant/data';
import { holdsMarkedRows, markPublicRows, publicFingerprint } from '@dpquant/data/node';
import type { TrainOptions } from '../flags/computingOptions.ts';
import { builtInDataNames, type DataChoice } from './loadChosenData.ts';
import { splitData, splitSeedOf, type SplitSeeds } from '../run/runPlan.ts';
import type { DataRecord } from '../run/runRecords.ts';

/** What decides which rows of a data set are private. */
export type SplitChoice = Pick<TrainOptions, 'validationFraction' | 'privacyUnit'> & SplitSeeds;

/** The record of a run's data. */
export async function dataRecord(
  options: SplitChoice & Pick<DataChoice, 'data'>,
  validation: Dataset,
): Promise<DataRecord> {
  return {
    ...dataRecordOf(options),
    fingerprint: await publicFingerprint(validation),
    rows: await markPublicRows(validation),
  };
}

/** The part of a record that needs no look at the data. */
function dataRecordOf(options: SplitChoice & Pick<DataChoice, 'data'>): DataRecord {
  const { data, privacyUnit, validationFraction } = options;
  return {
    source: sourceOf(data),
    ...(privacyUnit !== undefined && { privacyUnit }),
    seed: splitSeedOf(options),
    validationFraction,
  };
}

/** Whether `--data` names the same source as a record, by whatever path. */
export function isSameSource(record: Pick<DataRecord, 'source'>, data: string): boolean {
  return record.source === sourceOf(data);
}

/**
 * Whether data are those of a record: they come from the same place, or hold rows that were public
 * then. So copies are found, in another order, split or kind of file, and among other rows; not
 * those whose values are read otherwise, as images of another size. A folder within that of a
 * record is a part of it, as `photos/train` of `photos`.
 */
export async function isSameData(
  record: DataRecord,
  choice: Pick<DataChoice, 'data'>,
  dataset: Dataset,
): Promise<boolean> {
  if (isSameSource(record, choice.data)) return true;
  const isPath = !builtInDataNames.includes(choice.data);
  if (isPath && isSameSource(record, dirname(resolve(choice.data)))) return true;
  if (await holdsMarkedRows(dataset, record.rows ?? [])) return true;
  // Data with few different rows have no marks; they are compared as a whole.
  return hasSamePublicPart(record, publicPart(record, dataset));
}

/** Whether the public part of a data set equals that of a record in every value. */
export async function hasSamePublicPart(record: DataRecord, validation: Dataset): Promise<boolean> {
  return (
    validation.count > 0 &&
    record.fingerprint !== undefined &&
    (await publicFingerprint(validation)) === record.fingerprint
  );
}

/** The rows of a data set that are public by a record. */
export function publicPart(record: DataRecord, dataset: Dataset): Dataset {
  return splitData(dataset, { ...record, shift: 0, flip: false, cutout: 0 }).validation;
}

function sourceOf(data: string): string {
  if (builtInDataNames.includes(data)) return data;
  return createHash('sha256').update(realPath(data)).digest('hex');
}

/** The real path; if nothing is there any more, the absolute path. */
function realPath(path: string): string {
  return existsSync(path) ? realpathSync.native(path) : resolve(path);
}
