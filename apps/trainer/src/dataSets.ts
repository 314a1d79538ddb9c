import type { Dataset } from '@dpquant/data';
import { loadMnist } from '@dpquant/data/mnist';

const loaders: ReadonlyMap<string, () => Promise<Dataset> | Dataset> = new Map([
  ['mnist', loadMnist],
]);

/** Data sets that `--data` knows. */
export const dataSetNames: readonly string[] = [...loaders.keys()];

/** Loads a data set by one of `dataSetNames`. */
export async function loadDataSet(name: string): Promise<Dataset> {
  return loaders.get(name)!();
}
