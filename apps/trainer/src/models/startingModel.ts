import { createHash } from 'node:crypto';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { Dataset } from '@dpquant/data';
import { modelProblems, validateModel } from '@dpquant/gradients';
import {
  createModel,
  freezeLayers,
  layersNaming,
  loadWeights,
  pytorchNaming,
  torchvisionModules,
  headOf,
  type LoadedLayers,
  type BuiltInModelOptions,
  type StoredTensor,
} from '@dpquant/models';
import { readWeights } from '@dpquant/models/node';
import type { TrainOptions } from '../flags/computingOptions.ts';
import { initialWeightsFile, isOwnModel } from './modelZoo.ts';
import { loadOwnModel, modelOf, type Topology } from './ownModel.ts';
import type { RunConfig, StartRecord } from '../run/runRecords.ts';
import { outputCount, takesLogits } from '../flags/tasks.ts';
import { asUsage, UsageError } from '../flags/usageError.ts';

/** A model as a run starts from it. */
export interface StartingModel {
  readonly model: LayersModel;
  readonly record: StartRecord;
}

type SeededOptions = RunConfig['options'];

/**
 * The model that a run starts from: built or read, with weights, a new head and frozen layers as
 * the flags say.
 *
 * @throws UsageError where it does not fit the data or the flags, or cannot be trained privately
 */
export async function startingModel(
  options: SeededOptions,
  training: Dataset,
): Promise<StartingModel> {
  const { initWeights, newHead = false, dropBatchStatistics = false, freeze } = options;
  checkFlags(options);
  if (!isOwnModel(options.model)) requireOneOfEach(options.model, training);
  const shape = modelOptions(options, training);
  const model = isOwnModel(options.model)
    ? await loadOwnModel(options.model, shape, newHead, takesLogits(options), training)
    : asUsage(() => createModel(options.model, shape));
  const file = initialWeightsFile(options);
  const tensors = file === undefined ? null : await readWeights(file);
  let layers: Partial<LoadedLayers> = newHead ? { fresh: [headOf(model).name] } : {};
  if (initWeights !== undefined) {
    const naming = initWeights.endsWith('.safetensors')
      ? pytorchNaming(torchvisionModules.get(options.model))
      : layersNaming;
    const how = { file: `init-weights: ${initWeights}`, naming, newHead, dropBatchStatistics };
    layers = asUsage(() => loadWeights(model, tensors!, how));
  }
  const frozen = freeze === undefined ? [] : asUsage(() => freezeLayers(model, freeze));
  requirePrivate(model, options);
  return {
    model,
    record: {
      ...(isOwnModel(options.model) && { topology: model.toJSON(null, false) as Topology }),
      ...(tensors &&
        tensors.size > 0 && { weights: { file: file!, sha256: contentHash(tensors) } }),
      ...layers,
      frozen,
    },
  };
}

/**
 * The model of a run that goes on, whose weights are those of its checkpoint: no file is read
 * again.
 */
export async function resumedModel(
  { options, start }: Pick<RunConfig, 'options' | 'start'>,
  training: Dataset,
): Promise<LayersModel> {
  if (start.topology) return modelOf(start.topology);
  const shape = modelOptions(options, training);
  const model = asUsage(() => createModel(options.model, shape));
  if (options.freeze !== undefined) freezeLayers(model, options.freeze);
  return model;
}

/** @throws UsageError when a run that is repeated from its start would begin elsewhere */
export function requireSameStart(before: StartRecord, now: StartRecord): void {
  const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);
  if (same(before.topology, now.topology) && before.weights?.sha256 === now.weights?.sha256) return;
  throw new UsageError(
    `the run has started from ${before.weights?.file ?? 'a model'} as it was then; the file was changed since`,
  );
}

function modelOptions(options: SeededOptions, training: Dataset): BuiltInModelOptions {
  const { seed, width } = options;
  return {
    inputShape: training.inputShape as [number, number, number],
    classes: outputCount(options, training),
    seed,
    ...(width !== undefined && { width }),
  };
}

/** Refuses flags that say nothing without another. */
function checkFlags(options: TrainOptions): void {
  const { initWeights, newHead, dropBatchStatistics } = options;
  const hasWeights = initWeights !== undefined || isOwnModel(options.model);
  if (newHead && !hasWeights) {
    throw new UsageError(
      `new-head: all weights of ${options.model} are new; give --init-weights, or the path of a model`,
    );
  }
  if (dropBatchStatistics && initWeights === undefined) {
    throw new UsageError('drop-batch-statistics: is about --init-weights, of which there are none');
  }
}

/** Networks that come with the package have one input and one output. */
function requireOneOfEach(model: string, { inputParts, targetParts }: Dataset): void {
  const names = [...(inputParts ?? []), ...(targetParts ?? [])].map(({ name }) => name);
  if (names.length === 0) return;
  throw new UsageError(
    `model: ${model} has one input and one output, the data have ${names.join(', ')}; give the path of a model of your own ` +
      'with inputs and outputs of these names',
  );
}

function requirePrivate(model: LayersModel, options: TrainOptions): void {
  const batchNormalizations = modelProblems(model).filter(({ className }) =>
    className.includes('BatchNorm'),
  );
  try {
    validateModel(model);
  } catch (error) {
    const names = batchNormalizations.map(({ layer }) => layer).join(',');
    const remedy = names ? `; on the command line: --freeze ${names}` : '';
    throw new UsageError(`model: ${options.model}: ${(error as Error).message}${remedy}`);
  }
}

/** SHA-256 of names, types, shapes and values, whatever files they are in. */
function contentHash(tensors: ReadonlyMap<string, StoredTensor>): string {
  const hash = createHash('sha256');
  for (const [name, { type, shape, values }] of tensors) {
    hash.update(JSON.stringify([name, type, shape]));
    hash.update(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  }
  return hash.digest('hex');
}
