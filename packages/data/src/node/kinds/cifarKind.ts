import { resizedTo } from '../../resizedImages.ts';
import { cifarFile } from '../cifarFile.ts';
import type { DataKind } from '../dataKind.ts';

/** Binary files of CIFAR-10 and CIFAR-100. */
export const cifarKind: DataKind = {
  name: 'cifar',
  expected: "CIFAR's .bin",
  recognizes: (name, isFolder) => !isFolder && name.endsWith('.bin'),
  options: ['imageSize'],
  load: async (path, { classNames, imageSize }) =>
    resizedTo(await cifarFile(path, classNames), imageSize),
};
