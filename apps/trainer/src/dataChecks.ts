import type { LayersModel } from '@tensorflow/tfjs-layers';
import { checkReadable, type Dataset } from '@dpquant/data';
import { exampleCheck, type Task } from '@dpquant/training';
import type { Terminal } from './terminal.ts';
import { UsageError } from './usageError.ts';

/**
 * Says what the owner of a data set should know; never written to a file, since it may be private.
 */
export function sayWarnings(dataset: Dataset, terminal: Terminal): void {
  for (const warning of dataset.warnings ?? []) terminal.say(`warning: ${warning}`);
}

/** Says which part of a data set that comes in parts is private, and which is public. */
export function sayGivenSplit({ givenSplit }: Dataset, terminal: Terminal): void {
  if (!givenSplit) return;
  const { training, validation } = givenSplit;
  terminal.say(
    `${training}/ is private training data; ${validation}/ is public validation data, outside the privacy guarantee ` +
      '(--validation-fraction and --split-seed have no effect)',
  );
}

/**
 * Reads all examples once, with progress on the terminal: call it before the first charge, with the
 * whole data set. See `checkReadable` for why, and for what it takes. Warns of examples that an
 * embedding of the model has no rows for; they teach nothing. Targets are held against the task.
 *
 * Rejects with DataError that names what cannot be read, and UsageError where no example is of use
 * to the model; both are for the terminal alone.
 */
export async function checkExamples(
  dataset: Dataset,
  model: LayersModel,
  task: Task,
  terminal: Terminal,
  signal?: AbortSignal,
): Promise<void> {
  const embedding = embeddingOf(model);
  const check = exampleCheck(model, dataset, task);
  let useless = 0;
  await checkReadable(dataset, {
    signal,
    onProgress(read, count) {
      terminal.show(`Reading all examples once: ${read} of ${count}`);
    },
    onBatch(batch) {
      check(batch);
      if (!embedding) return;
      const { size, inputs } = batch;
      const length = inputs.length / size;
      for (let i = 0; i < size; i++) {
        const isId = (id: number) => Number.isInteger(id) && id >= 0 && id < embedding.vocabulary;
        if (!inputs.subarray(i * length, (i + 1) * length).every(isId)) useless++;
      }
    },
  });
  if (!embedding || useless === 0) return;
  const which =
    `inputs that are no whole numbers from 0 to ${embedding.vocabulary - 1}, which the embedding ` +
    `"${embedding.name}" looks up`;
  if (useless === dataset.count) {
    throw new UsageError(
      `data: all ${useless} examples have ${which}; save token ids below its inputDim, or give it more`,
    );
  }
  terminal.say(
    `warning: ${useless} of ${dataset.count} examples have ${which}: they teach nothing`,
  );
}

/**
 * Refuses data that a model cannot learn from: an embedding looks numbers up by their whole value,
 * and bytes that are divided by 255 have none. Type of file and layers are public.
 *
 * @throws UsageError with the remedy
 */
export function checkInputsSuitModel(dataset: Dataset, model: LayersModel): void {
  const embedding = embeddingOf(model);
  if (!dataset.bytesAreScaled || !embedding) return;
  throw new UsageError(
    `token-ids: the embedding "${embedding.name}" looks up whole numbers, and the bytes of ${dataset.name} are ` +
      "read as pixels, value/255; give --token-ids, or save the array as x.astype('int32')",
  );
}

type Layer = LayersModel['layers'][number];

/** The embedding with the fewest rows; undefined if the model has none. */
function embeddingOf(model: LayersModel): { name: string; vocabulary: number } | undefined {
  return layersOf(model)
    .filter((layer) => layer.getClassName() === 'Embedding')
    .map((layer) => ({
      name: layer.name,
      vocabulary: (layer.getConfig() as { inputDim: number }).inputDim,
    }))
    .sort((a, b) => a.vocabulary - b.vocabulary)[0];
}

/** All layers, those of models within models too. */
function layersOf(model: LayersModel): Layer[] {
  return model.layers.flatMap((layer) =>
    'layers' in layer ? layersOf(layer as unknown as LayersModel) : [layer],
  );
}

/**
 * All that is checked of the data before the first charge.
 *
 * @returns false when the signal has ended it
 * @throws UsageError and DataError, as `checkInputsSuitModel` and `checkExamples` do
 */
export async function checkData(
  dataset: Dataset,
  model: LayersModel,
  task: Task,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<boolean> {
  checkInputsSuitModel(dataset, model);
  try {
    await checkExamples(dataset, model, task, terminal, signal);
    return true;
  } catch (error) {
    if (!signal.aborted || error !== signal.reason) throw error;
    terminal.say('Stopped before anything was charged');
    return false;
  }
}
