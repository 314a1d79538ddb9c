import { z } from 'zod';
import { backendNames, productArithmetics } from '@dpquant/backends';
import { parsePlan, type PlanData } from '@dpquant/mechanisms';
import * as parse from '../flags/argumentParsers.ts';
import { computingFlags, type TrainOptions } from '../flags/computingOptions.ts';
import { schemaOf } from '../flags/flags.ts';

const wholeNumber = parse.wholeNumber.schema;
const text = parse.text.schema;
const texts = z.array(text).readonly();

/** What the privacy guarantee of a run rests on; all of it public. */
const planSchema = z.unknown().transform((json, context): PlanData => {
  try {
    return parsePlan(json);
  } catch (error) {
    context.issues.push({ code: 'custom', message: (error as Error).message, input: json });
    return z.NEVER;
  }
});

const dataRecordSchema = z.strictObject({
  /**
   * Name of a built-in data set, or SHA-256 of the real path: models are given away, paths are not.
   */
  source: text,
  /** Of the public part, see `publicFingerprint`; absent in runs of earlier versions. */
  fingerprint: text.exactOptional(),
  /** Of the public part, see `markPublicRows`. */
  rows: texts.exactOptional(),
  /** What is protected; each example by itself if absent. */
  privacyUnit: text.exactOptional(),
  /** What decides which units are public. */
  seed: parse.seed.schema,
  validationFraction: parse.openFraction.schema,
});

/**
 * Which data a run is on, and which part of them is public: what `config.json` and the saved model
 * say of it. Nothing in it depends on a private row.
 */
export type DataRecord = Readonly<z.infer<typeof dataRecordSchema>>;

export const runTraceSchema = z.strictObject({
  /** Fingerprint of the run, which its ledger names too; absent in runs of earlier versions. */
  run: text.exactOptional(),
  /** Events in the ledger when the model was saved. */
  charged: wholeNumber,
  data: dataRecordSchema.readonly(),
  /** Fingerprints of earlier runs whose ledgers are a part of its own. */
  includes: texts.exactOptional(),
});

/** What a saved model tells of a run that its weights come from; all of it public. */
export type RunTrace = Readonly<z.infer<typeof runTraceSchema>>;

const startRecordSchema = z.strictObject({
  /** Of a model that is not of the zoo, with its new head and what is frozen. */
  topology: z.record(z.string(), z.unknown()).readonly().exactOptional(),
  /** Weights that were read, with the SHA-256 of their names, shapes and values. */
  weights: z.strictObject({ file: text, sha256: text }).readonly().exactOptional(),
  /** Layers whose weights were read. */
  loaded: texts.exactOptional(),
  /** Layers that were given new weights in the place of those read. */
  fresh: texts.exactOptional(),
  frozen: texts,
  /** Runs that the weights come from. */
  earlierRuns: z.array(runTraceSchema.readonly()).readonly().exactOptional(),
  /** Fingerprints of those whose ledgers are in that of this run. */
  includedRuns: texts.exactOptional(),
});

/** Where a run started from, in config.json; all of it public. */
export type StartRecord = Readonly<z.infer<typeof startRecordSchema>>;

const backendRecordSchema = z.strictObject({
  name: parse.oneOf(backendNames).schema,
  device: text,
  /** How integer codes were multiplied: chosen by a measurement on some devices. */
  products: parse.oneOf(productArithmetics).schema,
});

/** The backend that computed a run. */
export type BackendRecord = Readonly<z.infer<typeof backendRecordSchema>>;

const folderMarkSchema = z.strictObject({ path: text, number: text });

/** Which folder a run was started in: hashes of its path and of its number in the file system. */
export type FolderMark = Readonly<z.infer<typeof folderMarkSchema>>;

const optionNames = Object.keys(computingFlags) as (keyof TrainOptions)[];

export const runConfigSchema = z.strictObject({
  /**
   * Tells the run from others of the same settings; absent under an insecure seed, where they are
   * one.
   */
  id: text.exactOptional(),
  options: schemaOf({
    ...computingFlags,
    // Every run has a seed, given or drawn.
    seed: { ...computingFlags.seed, schema: parse.seed.schema },
  }).readonly(),
  /** The options that the user gave, by flags or a file of `--config`. */
  given: z.array(parse.oneOf(optionNames).schema).readonly(),
  plan: planSchema,
  start: startRecordSchema.readonly(),
  data: dataRecordSchema.readonly(),
  /** The folder that the run was started in, as `folderMark` gives it: a copy is told by it. */
  folder: folderMarkSchema.readonly(),
  /** Runs of earlier versions have none. */
  backend: backendRecordSchema.readonly().exactOptional(),
  versions: z.record(z.string(), text).readonly(),
});

/** config.json of a run folder: enough to repeat or continue the run. */
export type RunConfig = Readonly<z.infer<typeof runConfigSchema>>;
