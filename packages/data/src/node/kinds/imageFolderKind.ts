import type { DataKind } from '../dataKind.ts';
import { imageFolder } from '../imageFolder.ts';

/** Folders of images, which are resized as they are decoded: each may have its own size. */
export const imageFolderKind: DataKind = {
  name: 'image folder',
  expected: 'a folder of images',
  recognizes: (_, isFolder) => isFolder,
  options: ['privacyUnit', 'imageSize', 'imageChannels', 'exifRotation'],
  load: imageFolder,
};
