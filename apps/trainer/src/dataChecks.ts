import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { Dataset } from '@dpquant/data';
import { checkReadable } from '@dpquant/data/node';
import type { Terminal } from './terminal.ts';
import { UsageError } from './usageError.ts';

/** Says what the owner of a data set should know; never written to a file, since it may be private. */
export function sayWarnings(dataset: Dataset, terminal: Terminal): void {
  for (const warning of dataset.warnings ?? []) terminal.say(`warning: ${warning}`);
}

/**
 * Reads all examples once, with progress on the terminal: call it before the first charge, with the
 * whole data set. See `checkReadable` for why, and for what it takes.
 *
 * Rejects with DataError that names what cannot be read, for the terminal alone.
 */
export async function checkExamples(
  dataset: Dataset,
  terminal: Terminal,
  signal?: AbortSignal,
): Promise<void> {
  await checkReadable(dataset, {
    signal,
    onProgress(read, count) {
      terminal.show(`Reading all examples once: ${read} of ${count}`);
    },
  });
}

/**
 * Refuses data that a model cannot learn from: an embedding looks numbers up by their whole value, and
 * bytes that are divided by 255 have none. Type of file and layers are public.
 *
 * @throws UsageError with the remedy
 */
export function checkInputsSuitModel(dataset: Dataset, model: LayersModel): void {
  if (!dataset.bytesAreScaled) return;
  const embedding = layersOf(model).find((layer) => layer.getClassName() === 'Embedding');
  if (!embedding) return;
  throw new UsageError(
    `token-ids: the embedding "${embedding.name}" looks up whole numbers, and the bytes of ${dataset.name} are ` +
      "read as pixels, value/255; give --token-ids, or save the array as x.astype('int32')",
  );
}

type Layer = LayersModel['layers'][number];

/** All layers, those of models within models too. */
function layersOf(model: LayersModel): Layer[] {
  return model.layers.flatMap((layer) =>
    'layers' in layer ? layersOf(layer as unknown as LayersModel) : [layer],
  );
}
