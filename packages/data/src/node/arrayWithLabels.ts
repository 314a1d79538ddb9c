import type { Dataset } from '../dataset.ts';
import { labelsOf, namesOfLabels } from '../formats/labels.ts';
import { resizedTo } from '../resizedImages.ts';
import { storeDataset } from '../tableDataset.ts';
import type { ArrayFile } from './arrayFile.ts';
import type { LoadOptions } from './loadOptions.ts';

/** The data set of an array of inputs and an array of labels, in two files. */
export async function arrayWithLabels(
  path: string,
  labelsPath: string,
  { classNames, scaleBytes, imageSize }: LoadOptions,
  open: (file: string) => Promise<ArrayFile>,
): Promise<Dataset> {
  const inputs = await open(path);
  const labels = await open(labelsPath);
  const found = labelsOf(labels.shape, labels.values, inputs.shape[0] ?? 0, labelsPath);
  const dataset = storeDataset({
    name: path,
    rows: inputs.rows(),
    labels: found.labels,
    labelsName: labelsPath,
    classNames: namesOfLabels(classNames, found, labelsPath),
    scaleBytes,
  });
  return resizedTo(dataset, imageSize);
}
