import type { DataKind } from '../dataKind.ts';
import { imageFolder } from '../imageFolder.ts';

/** Folders of images, which may differ in size and are resized when decoded. */
export const imageFolderKind: DataKind = {
  name: 'image folder',
  expected: 'a folder of images',
  recognizes: (_, isFolder) => isFolder,
  options: ['privacyUnit', 'imageSize', 'imageChannels', 'exifRotation'],
  load: imageFolder,
};
