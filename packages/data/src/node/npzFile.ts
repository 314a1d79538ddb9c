import { crc32 } from 'node:zlib';
import type { Dataset } from '../dataset.ts';
import { ByteReader } from '../formats/byteReader.ts';
import { DataError } from '../formats/dataError.ts';
import { defaultUnpackedLimit, inflate } from '../formats/inflate.ts';
import { parseNpy } from '../formats/npy.ts';
import { parseNpyColumn } from '../formats/npyText.ts';
import { arrayNames, labelsOf, namesOfLabels } from '../formats/labels.ts';
import {
  namesOf,
  requireArray,
  requireInputs,
  unitsOfArrays,
  withWeightArray,
  type NpzOptions,
} from '../formats/npz.ts';
import {
  entryOffset,
  findZipDirectory,
  localHeaderLength,
  readZipDirectory,
  zipEndLength,
  type ZipDirectory,
  type ZipEntry,
} from '../formats/zip.ts';
import { storeDataset } from '../tableDataset.ts';
import { inMemory, openNpy, type ArrayFile } from './arrayFile.ts';
import { eachPiece, readPart, wholeFile, type FilePart } from './filePieces.ts';

/** A larger directory is refused; this one has room for a million entries. */
const greatestDirectory = 2 ** 26;

/**
 * The data set of an .npz file, as `npzDataset` makes it. Uncompressed arrays (`np.savez`) stay in
 * the file: their checksum is computed once, in pieces, and rows are read on demand. Compressed
 * arrays are kept in memory.
 */
export async function npzFile(path: string, options: Omit<NpzOptions, 'file'>): Promise<Dataset> {
  const { privacyUnit, scaleBytes } = options;
  const { unpackedLimit: limit = defaultUnpackedLimit } = options;
  const archive = await wholeFile(path);
  const entries = readZipDirectory(...directoryOf(archive), path, limit);
  const { inputs, targets, warnings } = arrayNames(namesOf(entries), options);
  const find = (name: string, option: 'inputs' | 'targets' | 'weights' | 'privacyUnit') =>
    entryPart(archive, requireArray(entries, name, path, option));
  const open = (name: string, option: 'inputs' | 'targets' | 'weights') =>
    openPart(find(name, option), `${path}, ${name}`, limit);
  const input = open(inputs, 'inputs');
  const count = requireInputs(input.shape, `${path}, ${inputs}`);
  const where = `${path}, ${targets}`;
  const label = open(targets, 'targets');
  const labels = labelsOf(label.shape, label.values, count, where);
  const dataset = storeDataset({
    name: path,
    rows: input.rows(),
    labels: labels.labels,
    labelsName: where,
    classNames: namesOfLabels(options.classNames, labels, where),
    warnings,
    privacyUnits: unitsOfArrays(privacyUnit, count, path, (name) =>
      parseNpyColumn(bytesOf(find(name, 'privacyUnit'), limit), `${path}, ${name}`),
    ),
    scaleBytes,
  });
  return withWeightArray(dataset, { ...options, file: path, targets: [targets] }, (name) => {
    const { shape, values } = open(name, 'weights');
    return { shape, values: values() };
  });
}

function directoryOf(archive: FilePart): [ByteReader, ZipDirectory] {
  const from = (start: number) =>
    new ByteReader(
      readPart({ ...archive, offset: start, length: archive.length - start }),
      archive.path,
      start,
    );
  const end = from(Math.max(0, archive.length - zipEndLength));
  const directory = findZipDirectory(end);
  if (directory.offset >= end.start) return [end, directory];
  if (archive.length - directory.offset > greatestDirectory) {
    throw new DataError(
      `${archive.path}: expected a zip directory of at most ${greatestDirectory} bytes`,
    );
  }
  return [from(directory.offset), directory];
}

/** An entry, and the part of the file with its bytes, compressed or not. */
interface EntryPart {
  readonly entry: ZipEntry;
  readonly part: FilePart;
}

function entryPart(archive: FilePart, entry: ZipEntry): EntryPart {
  const at = (offset: number, length: number, what: string): FilePart => {
    if (offset + length <= archive.length) return { ...archive, offset, length };
    throw new DataError(
      `${entry.where}: expected ${length} bytes of ${what} from ${offset} on, but the file ends after ${archive.length}`,
    );
  };
  const { localOffset, packedSize, declaredSize } = entry;
  const header = readPart(at(localOffset, localHeaderLength, 'a local header'));
  const offset = entryOffset(new ByteReader(header, archive.path, localOffset), entry);
  const part = at(offset, packedSize, 'the entry');
  if (!entry.isStored) return { entry, part };
  if (declaredSize !== packedSize) {
    throw new DataError(`${entry.where}: expected ${declaredSize} bytes, got ${packedSize}`);
  }
  let crc = 0;
  eachPiece(part, 1, (piece) => {
    crc = crc32(piece, crc);
  });
  if (crc !== entry.crc) {
    throw new DataError(`${entry.where}: the checksum differs: expected an undamaged file`);
  }
  return { entry, part };
}

/** Opens the array of an entry: in the file if it is uncompressed, else in memory. */
function openPart(found: EntryPart, file: string, limit: number): ArrayFile {
  if (found.entry.isStored) return openNpy(found.part, file);
  return inMemory(parseNpy(bytesOf(found, limit), file), file);
}

/** All bytes of an entry, decompressed. */
function bytesOf({ entry, part }: EntryPart, limit: number): Uint8Array {
  const bytes = readPart(part);
  return entry.isStored ? bytes : inflate({ ...entry, file: entry.where, bytes }, limit);
}
