import type { Dataset } from '../dataset.ts';
import { loadMnist } from '../mnist.ts';

/** Name → loader of every data set that comes with the package, or with a package of npm. */
export const builtInDatasets: ReadonlyMap<string, () => Promise<Dataset>> = new Map([
  ['mnist', loadMnist],
]);
