export { builtInDatasets } from './builtInDatasets.ts';
export { csvTable, type CsvOptions } from './csvTable.ts';
export { decodeImage } from './decodeImage.ts';
export { imageFolder, type ImageFolderOptions } from './imageFolder.ts';
export { loadDataset, recognizeKind, type DatasetKind, type LoadOptions } from './loadDataset.ts';
export { loadNumbers } from './loadNumbers.ts';
export { publicFingerprint } from './publicFingerprint.ts';
export { holdsMarkedRows, markPublicRows } from './publicRows.ts';
