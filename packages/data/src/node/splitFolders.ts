import { join } from 'node:path';
import type { GivenSplit } from '../dataset.ts';
import { DataError } from '../formats/dataError.ts';
import { classFolders, foldersOf } from './classFolders.ts';
import { imageLists, listedImages, type ListedImages } from './listedImages.ts';

const trainingNames = ['train', 'training'];
/** Names of validation folders; the first that exists is used. */
const validationNames = ['validation', 'valid', 'val', 'test', 'testing'];

/** Images in two parts. */
export interface SplitImages extends ListedImages {
  readonly givenSplit: GivenSplit;
  /** Path of each image within its part, which the pattern of the privacy unit is applied to. */
  readonly unitPaths: readonly string[];
}

/**
 * The images of a folder with one folder of training data and others of validation or test data,
 * such as `train` and `test`. Training data is private, the other public. If there are both
 * validation and test data, test data is left out, with a warning. The classes are those of both
 * parts. Returns undefined if there are no two such folders.
 *
 * @throws DataError if there are other folders beside them, which could be classes
 */
export async function splitFolders(
  folder: string,
  given: readonly string[] | undefined,
): Promise<SplitImages | undefined> {
  const folders = (await foldersOf(folder)).filter((name) => !given?.includes(name));
  const find = (names: readonly string[]) =>
    names.flatMap((wanted) => folders.filter((name) => name.toLowerCase() === wanted));
  const [training] = find(trainingNames);
  const [validation, ...unused] = find(validationNames);
  if (training === undefined || validation === undefined) return undefined;
  const isPart = (name: string) => [training, validation, ...unused].includes(name);
  const others = folders.filter((name) => !isPart(name));
  if (others.length > 0) {
    throw new DataError(
      `${folder}: expected folders of classes, or ${training} and ${validation} alone, got ${others.join(', ')} beside ` +
        'these; move that elsewhere, or name the classes (--class-names) if these are classes',
    );
  }
  const paths = [join(folder, training), join(folder, validation)] as const;
  const lists = await Promise.all(paths.map((path) => imageLists(path)));
  const found = await Promise.all(paths.map((path) => foldersOf(path)));
  // Images listed by a table have numbers as classes and no folders.
  const named = found.filter((_, part) => lists[part]!.length === 0).flat();
  const classNames = given ?? (named.length > 0 ? [...new Set(named)].sort() : undefined);
  const parts = await Promise.all(
    paths.map((path, part) =>
      lists[part]!.length > 0
        ? listedImages(path, lists[part]!, classNames)
        : classFolders(path, classNames),
    ),
  );
  const [ofTraining, ofValidation] = parts as [ListedImages, ListedImages];
  const start = ofTraining.names.length;
  const left = unused.length > 0 ? [leftOut(folder, unused, validation)] : [];
  return {
    names: [
      ...ofTraining.names.map((name) => `${training}/${name}`),
      ...ofValidation.names.map((name) => `${validation}/${name}`),
    ],
    unitPaths: [...ofTraining.names, ...ofValidation.names],
    labels: [...ofTraining.labels, ...ofValidation.labels],
    classNames,
    warnings: [...left, ...parts.flatMap(({ warnings = [] }) => warnings)],
    deeper: ofTraining.deeper ?? ofValidation.deeper,
    givenSplit: {
      training,
      validation,
      validationRows: Uint32Array.from(ofValidation.names, (_, i) => start + i),
    },
  };
}

const leftOut = (folder: string, unused: readonly string[], validation: string) =>
  `${unused.map((name) => join(folder, name)).join(', ')}: left out, since ${validation} is the public validation data`;
