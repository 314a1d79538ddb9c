import { createHash } from 'node:crypto';
import { realpathSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Dataset } from '@dpquant/data';
import { publicFingerprint } from '@dpquant/data/node';
import type { TrainOptions } from './computingOptions.ts';
import { dataSetNames, loadDataSet, type DataChoice } from './dataSets.ts';
import { splitData } from './runPlan.ts';

/** What decides which rows of a data set are private. */
export type SplitChoice = Pick<TrainOptions, 'validationFraction' | 'privacyUnit'> & {
  readonly seed: number;
};

/**
 * Which data a run is on, and which part of them is public: what `config.json` and the saved model say
 * of it. Nothing in it depends on a private row.
 */
export interface DataRecord {
  /** Name of a built-in data set, or SHA-256 of the real path: models are given away, paths are not. */
  readonly source: string;
  /** Of the public part, see `publicFingerprint`; absent in runs of earlier versions. */
  readonly fingerprint?: string;
  /** What is protected; each example by itself if absent. */
  readonly privacyUnit?: string | undefined;
  /** Which units are public. */
  readonly seed: number;
  readonly validationFraction: number;
}

/** The record of a run's data. */
export async function dataRecord(
  options: SplitChoice & Pick<DataChoice, 'data'>,
  validation: Dataset,
): Promise<DataRecord> {
  return {
    ...dataRecordOf(options),
    fingerprint: await publicFingerprint(validation),
  };
}

/** A record without looking at the data. */
export function dataRecordOf({
  data,
  privacyUnit,
  seed,
  validationFraction,
}: SplitChoice & Pick<DataChoice, 'data'>): DataRecord {
  return {
    source: sourceOf(data),
    ...(privacyUnit !== undefined && { privacyUnit }),
    seed,
    validationFraction,
  };
}

/** Whether `--data` names what the record is of, whatever path leads there. */
export function isSameSource(record: Pick<DataRecord, 'source'>, data: string): boolean {
  return record.source === sourceOf(data);
}

/**
 * Whether data are those of a record: they come from the same place, or their public part is the same
 * when they are split as they were then. Copies are found so, in other formats too, but neither rows in
 * another order nor a part of them.
 */
export async function isSameData(record: DataRecord, choice: DataChoice): Promise<boolean> {
  if (isSameSource(record, choice.data)) return true;
  if (record.fingerprint === undefined) return false;
  let validation: Dataset;
  try {
    validation = publicPart(record, await loadDataSet({ ...choice, ...unitOf(record) }));
  } catch {
    return false; // Columns or sizes that the recorded data must have are not there.
  }
  return (await publicFingerprint(validation)) === record.fingerprint;
}

/** The rows of a data set that are public by a record. */
export function publicPart(record: DataRecord, dataset: Dataset): Dataset {
  return splitData(dataset, { ...record, shift: 0, flip: false, cutout: 0 }).validation;
}

function unitOf({ source, privacyUnit }: DataRecord): Pick<DataChoice, 'privacyUnit'> {
  return dataSetNames.includes(source) ? {} : { privacyUnit };
}

function sourceOf(data: string): string {
  if (dataSetNames.includes(data)) return data;
  return createHash('sha256').update(realPath(data)).digest('hex');
}

/** A path without links; of what is no longer there, the absolute one. */
function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return resolve(path);
  }
}
