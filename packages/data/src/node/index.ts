export { builtInDatasets } from './builtInDatasets.ts';
export { decodeImage } from './decodeImage.ts';
export { draftBesideTable, type DraftOptions } from './draftBesideTable.ts';
export { imageFolder, type ImageFolderOptions } from './imageFolder.ts';
export { loadDataset, recognizeKind, type DatasetKind, type LoadOptions } from './loadDataset.ts';
export { loadNumbers } from './loadNumbers.ts';
export { loadParts, type NamedArrays } from './loadParts.ts';
export { publicFingerprint } from './publicFingerprint.ts';
export { holdsMarkedRows, markPublicRows } from './publicRows.ts';
