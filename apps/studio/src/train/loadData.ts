import {
  cifarDataset,
  csvTable,
  DataError,
  imageDataset,
  npzDataset,
  parseIdx,
  parseSidecar,
  tableDataset,
  type Dataset,
} from '@dpquant/data';
import digitsUrl from 'virtual:digits';
import type { DataSource, FileChoice } from './messages.ts';

const digitCount = 10_000;

/**
 * The data set of files or of the built-in digits.
 *
 * @throws DataError with what was expected
 */
export async function loadData(source: DataSource): Promise<Dataset> {
  if (source.kind === 'digits') return loadDigits();
  return loadFiles(source.files, source.choice);
}

async function loadDigits(): Promise<Dataset> {
  const response = await fetch(digitsUrl);
  if (!response.ok || !response.body) {
    throw new DataError(`digits: the page could not read its own file (status ${response.status})`);
  }
  const bytes = await unpacked(response.body);
  return imageDataset({
    name: 'mnist',
    pixels: bytes.subarray(digitCount),
    labels: bytes.subarray(0, digitCount),
    inputShape: [28, 28, 1],
    classNames: Array.from({ length: 10 }, (_, digit) => String(digit)),
  });
}

async function loadFiles(files: readonly File[], choice: FileChoice): Promise<Dataset> {
  const named = (pattern: RegExp) => files.find(({ name }) => pattern.test(name.toLowerCase()));
  const archive = named(/\.npz$/);
  if (archive) {
    const { targets, classNames, privacyUnit } = choice;
    return npzDataset(await bytesOf(archive), {
      file: archive.name,
      targets,
      classNames,
      privacyUnit,
    });
  }
  const table = named(/\.(csv|tsv|data|txt)$/);
  if (table) {
    const beside = named(/\.json$/);
    const sidecar = beside ? parseSidecar(await beside.text(), beside.name) : {};
    const given = Object.entries(choice).filter(([, value]) => value !== undefined);
    return csvTable(await table.text(), table.name, { ...sidecar, ...Object.fromEntries(given) });
  }
  const images = named(/images.*idx3/);
  if (images) return loadIdx(images, named(/labels.*idx1/), choice);
  const records = named(/\.bin$/);
  if (records) {
    const { classNames } = choice;
    return cifarDataset(await bytesOf(records), { file: records.name, classNames });
  }
  throw new DataError(
    `${files.map(({ name }) => name).join(', ')}: expected .npz, a table (.csv, .tsv, .data, .txt), CIFAR's .bin, or ` +
      'the two files of IDX, …-images-idx3-ubyte[.gz] and …-labels-idx1-ubyte[.gz], dropped together',
  );
}

async function loadIdx(
  images: File,
  labels: File | undefined,
  { classNames }: FileChoice,
): Promise<Dataset> {
  if (!labels) {
    throw new DataError(
      `${images.name}: the labels are missing; drop …-labels-idx1-ubyte[.gz] together with it`,
    );
  }
  const inputs = parseIdx(await bytesOf(images), images.name);
  const targets = parseIdx(await bytesOf(labels), labels.name);
  const [, ...shape] = inputs.shape;
  return tableDataset({
    name: images.name,
    values: inputs.values,
    inputShape: shape.length === 2 ? [...shape, 1] : shape,
    labels: targets.values,
    labelsName: labels.name,
    classNames,
  });
}

const bytesOf = async (file: File) => new Uint8Array(await file.arrayBuffer());

async function unpacked(stream: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<Uint8Array> {
  const bytes = stream.pipeThrough(new DecompressionStream('gzip'));
  return new Uint8Array(await new Response(bytes).arrayBuffer());
}
