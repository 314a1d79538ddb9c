import type { Dataset } from '../dataset.ts';
import { cifarOfRecords, cifarRecords, type CifarOptions } from '../formats/cifar.ts';
import { eachPiece, wholeFile } from './filePieces.ts';
import { fileRows } from './fileRows.ts';

/**
 * The data set of a CIFAR file, as `cifarDataset` makes it; 100 classes if the length fits only
 * such records. Images stay in the file; labels are read once, in pieces.
 */
export async function cifarFile(
  path: string,
  classNames: readonly string[] | undefined,
): Promise<Dataset> {
  const part = await wholeFile(path);
  const isHundred = part.length % 3073 !== 0 && part.length % 3074 === 0;
  const options: CifarOptions = { file: path, classCount: isHundred ? 100 : 10, classNames };
  const { count, recordLength, labelBytes } = cifarRecords(part.length, options);
  const labels = new Uint8Array(count);
  eachPiece(part, recordLength, (piece, first) => {
    for (let i = 0; i * recordLength < piece.length; i++) {
      labels[first + i] = piece[i * recordLength + labelBytes - 1]!;
    }
  });
  const records = fileRows({
    part,
    count,
    shape: [recordLength],
    holdsBytes: true,
    decode: (bytes) => bytes,
  });
  return cifarOfRecords(records, labels, options);
}
