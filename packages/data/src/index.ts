export type { ExampleKeys } from '@dpquant/random';
export { assembleBatch, paddingRow, type WriteExample } from './assembleBatch.ts';
export { augmentedImages, type ImageAugmentation } from './augmentedImages.ts';
export type { Batch, Dataset, ReadOptions } from './dataset.ts';
export { ImageDataset, type ImageDatasetOptions } from './imageDataset.ts';
export { oneUnitPerRow, unitsOfRows, type PrivacyUnits } from './privacyUnits.ts';
export { splitByHash, type Split, type SplitOptions } from './splitByHash.ts';
export { subset } from './subset.ts';
