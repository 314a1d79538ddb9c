export type { ExampleKeys } from '@dpquant/random';
export { arrayDataset, type ArrayDatasetOptions, type Numbers } from './arrayDataset.ts';
export { assembleBatch, paddingRow, type WriteExample } from './assembleBatch.ts';
export { augmentedImages, type ImageAugmentation } from './augmentedImages.ts';
export { checkReadable, type CheckOptions } from './checkReadable.ts';
export type { Batch, Dataset, GivenSplit, ReadOptions } from './dataset.ts';
export { cutRows } from './cutRows.ts';
export { cifarDataset, type CifarOptions } from './formats/cifar.ts';
export {
  partsOf,
  type ExamplePart,
  type ExampleParts,
  type InputPart,
  type TargetPart,
} from './exampleParts.ts';
export { DataError } from './formats/dataError.ts';
export { parseIdx } from './formats/idx.ts';
export { parseNpy, type NumberTable, type NumericArray } from './formats/npy.ts';
export { npzNumbers } from './formats/npzNumbers.ts';
export {
  npzParts,
  type NamedArray,
  type NamedTargets,
  type NpzPartsOptions,
} from './formats/npzParts.ts';
export { npzDataset, type NpzOptions } from './formats/npz.ts';
export type { Image } from './formats/image.ts';
export { parsePnm } from './formats/pnm.ts';
export { imageDataset, type ImageDatasetOptions } from './imageDataset.ts';
export { partsDataset, type PartsDatasetOptions } from './partsDataset.ts';
export { oneUnitPerRow, unitsOfRows, type PrivacyUnits } from './privacyUnits.ts';
export { resizedImages } from './resizedImages.ts';
export { splitAsGiven } from './splitAsGiven.ts';
export { splitByHash, type Split, type SplitOptions } from './splitByHash.ts';
export { csvNumbers, csvTable } from './tables/csvTable.ts';
export { parseSidecar, type Sidecar } from './tables/sidecar.ts';
export {
  delimiters,
  missingSigns,
  type CsvOptions,
  type Delimiter,
  type MissingRule,
  type TableForm,
} from './tables/tableOptions.ts';
export { subset } from './subset.ts';
export { tableDataset, type TableDatasetOptions } from './tableDataset.ts';
export { unitsByValue } from './unitsByValue.ts';
export {
  isWeight,
  weightedDataset,
  weightRemedy,
  type ExampleWeightsOptions,
} from './weightedDataset.ts';
