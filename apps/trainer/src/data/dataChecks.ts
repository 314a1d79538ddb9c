import type { LayersModel } from '@tensorflow/tfjs-layers';
import { checkReadable, type Batch, type Dataset } from '@dpquant/data';
import { exampleCheck, type ModelTask } from '@dpquant/training';
import { embeddedInputs } from '../models/embeddedInputs.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { UsageError } from '../flags/usageError.ts';

/**
 * Shows the warnings of a data set to its owner; never in a file, since they may be private.
 */
export function sayWarnings(dataset: Dataset, terminal: Terminal): void {
  for (const warning of dataset.warnings ?? []) terminal.tellOwner(`warning: ${warning}`);
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
  task: ModelTask,
  terminal: Terminal,
  signal?: AbortSignal,
  onBatch?: (batch: Batch) => void,
): Promise<void> {
  const check = exampleCheck(model, dataset, task);
  const lookedUp = embeddedInputs(dataset, model).map((embedded) => ({ ...embedded, useless: 0 }));
  await checkReadable(dataset, {
    signal,
    onProgress(read, count) {
      terminal.show(`Reading all examples once: ${read} of ${count}`);
    },
    onBatch(batch) {
      check(batch);
      onBatch?.(batch);
      const { size, inputs } = batch;
      const length = inputs.length / size;
      for (const embedded of lookedUp) {
        const { start, end, vocabulary } = embedded;
        const isId = (id: number) => Number.isInteger(id) && id >= 0 && id < vocabulary;
        for (let i = 0; i < size; i++) {
          if (!inputs.subarray(i * length + start, i * length + end).every(isId))
            embedded.useless++;
        }
      }
    },
  });
  for (const { name, vocabulary, useless } of lookedUp) {
    if (useless === 0) continue;
    const which = `inputs that are no whole numbers from 0 to ${vocabulary - 1}, which the embedding "${name}" looks up`;
    if (useless === dataset.count) {
      throw new UsageError(
        `data: all ${useless} examples have ${which}; save token ids below its inputDim, or give it more`,
      );
    }
    terminal.tellOwner(
      `warning: ${useless} of ${dataset.count} examples have ${which}: they teach nothing`,
    );
  }
}

/**
 * Refuses data that a model cannot learn from: an embedding looks numbers up by their whole value,
 * and bytes that are divided by 255 have none. Type of file and layers are public.
 *
 * @throws UsageError with the remedy
 */
export function checkInputsSuitModel(dataset: Dataset, model: LayersModel): void {
  const embedding = embeddedInputs(dataset, model).find(({ bytesAreScaled }) => bytesAreScaled);
  if (!embedding) return;
  throw new UsageError(
    `token-ids: the embedding "${embedding.name}" looks up whole numbers, and the bytes of ${dataset.name} are ` +
      "read as pixels, value/255; give --token-ids, or save the array as x.astype('int32')",
  );
}

/**
 * All that is checked of the data before the first charge.
 *
 * @param onBatch gets all examples once, as they are read
 * @returns false when the signal has ended it
 * @throws UsageError and DataError, as `checkInputsSuitModel` and `checkExamples` do
 */
export async function checkData(
  dataset: Dataset,
  model: LayersModel,
  task: ModelTask,
  terminal: Terminal,
  signal: AbortSignal,
  onBatch?: (batch: Batch) => void,
): Promise<boolean> {
  checkInputsSuitModel(dataset, model);
  try {
    await checkExamples(dataset, model, task, terminal, signal, onBatch);
    return true;
  } catch (error) {
    if (!signal.aborted || error !== signal.reason) throw error;
    terminal.say('Stopped before anything was charged');
    return false;
  }
}
