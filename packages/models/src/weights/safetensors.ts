import { elementTypes, unreadTypes, type StoredTensor, type TensorValues } from './elementTypes.ts';
import { repeatedKey } from './repeatedKey.ts';
import { WeightsError } from './weightsError.ts';

/** Tensors by name, and the file's metadata. */
export interface SafetensorsContent {
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  readonly metadata: ReadonlyMap<string, string>;
}

/** Greatest length of the header, the same as in the reference implementation. */
const longestHeader = 100_000_000;
const prefix = 8;
const metadataKey = '__metadata__';

/**
 * Reads a safetensors file: 8 bytes of header length, a JSON header, and the elements, tensor by
 * tensor. Nothing is executed, and everything is checked: every byte of the data must belong to
 * exactly one tensor.
 *
 * Tensors of types without a number type here (such as 8-bit floats) are returned as bytes:
 * `UnreadTypeName`.
 *
 * @param file its name in error messages
 * @throws WeightsError for a truncated file, a header that is not JSON or repeats a name, unknown
 *   types, and tensors that overlap, leave gaps or do not match their shape
 */
export function parseSafetensors(bytes: Uint8Array, file: string): SafetensorsContent {
  const { header, start } = readHeader(bytes, file);
  const metadata = readMetadata(header[metadataKey], file);
  const tensors = new Map<string, StoredTensor>();
  const places = Object.entries(header)
    .filter(([name]) => name !== metadataKey)
    .map(([name, value]) => readPlace(name, value, file))
    .sort((a, b) => a.begin - b.begin || a.end - b.end);
  const available = bytes.length - start;
  let covered = 0;
  for (const { name, begin, end } of places) {
    if (begin !== covered) {
      const what = begin < covered ? 'overlaps the tensor before it' : 'leaves a hole before it';
      throw new WeightsError(
        `${file}, tensor "${name}": ${what}: expected it to begin at byte ${covered} of the data, got ${begin}`,
      );
    }
    covered = end;
    if (end > available) {
      throw new WeightsError(
        `${file}, tensor "${name}", offset ${start + begin}: expected ${end - begin} bytes, but the file ends ` +
          `after ${bytes.length}; it is cut off, fetch it again`,
      );
    }
  }
  if (covered !== available) {
    throw new WeightsError(
      `${file}, offset ${start + covered}: expected the end of the file, got ${available - covered} bytes that ` +
        'belong to no tensor',
    );
  }
  for (const { name, type, shape, begin, end } of places) {
    const values = decode(bytes.subarray(start + begin, start + end), type, `${file}, "${name}"`);
    tensors.set(name, { type, shape, values });
  }
  return { tensors, metadata };
}

/**
 * The metadata of a safetensors file; tensors are not read.
 *
 * @param file its name in error messages
 * @throws WeightsError for a header that is truncated or not JSON, and metadata that is not text
 */
export function safetensorsMetadata(bytes: Uint8Array, file: string): Map<string, string> {
  return readMetadata(readHeader(bytes, file).header[metadataKey], file);
}

/**
 * The bytes of a safetensors file. Tensors keep their order; the data begins at a multiple of 8
 * bytes.
 *
 * @throws RangeError for values that do not match the type or shape
 */
export function encodeSafetensors(
  tensors: ReadonlyMap<string, StoredTensor>,
  metadata: ReadonlyMap<string, string> = new Map(),
): Uint8Array<ArrayBuffer> {
  const header: [string, unknown][] = [];
  if (metadata.size > 0) header.push([metadataKey, Object.fromEntries(metadata)]);
  const parts: Uint8Array[] = [];
  let offset = 0;
  for (const [name, { type, shape, values }] of tensors) {
    if (name === metadataKey) throw new RangeError(`"${name}": is not the name of a tensor`);
    if (isRead(type) && values.length !== elementCount(shape)) {
      throw new RangeError(
        `"${name}": expected ${elementCount(shape)} values for the shape [${shape.join(', ')}], got ${values.length}`,
      );
    }
    const part = encode(values, type, name);
    header.push([
      name,
      { dtype: type, shape: [...shape], data_offsets: [offset, offset + part.length] },
    ]);
    parts.push(part);
    offset += part.length;
  }
  // Written entry by entry: an object would move names that look like numbers to the front.
  const json = `{${header.map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`).join(',')}}`;
  const text = new TextEncoder().encode(json);
  const length = Math.ceil(text.length / 8) * 8;
  const bytes = new Uint8Array(prefix + length + offset).fill(32, prefix, prefix + length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(length), true);
  bytes.set(text, prefix);
  let position = prefix + length;
  for (const part of parts) {
    bytes.set(part, position);
    position += part.length;
  }
  return bytes;
}

type Header = Readonly<Record<string, unknown>>;

function readHeader(bytes: Uint8Array, file: string): { header: Header; start: number } {
  if (bytes.length < prefix) {
    throw new WeightsError(
      `${file}, offset 0: expected 8 bytes of header length, but the file ends after ${bytes.length}`,
    );
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = view.getBigUint64(0, true);
  const most = Math.min(longestHeader, bytes.length - prefix);
  if (length < 2n || length > BigInt(most)) {
    throw new WeightsError(
      `${file}, offset 0: expected a header of 2 to ${most} bytes, got ${length}; it is no safetensors file, ` +
        'or cut off',
    );
  }
  const start = prefix + Number(length);
  const refuse = (message: string) =>
    new WeightsError(`${file}, offset ${prefix}: expected a JSON object of tensors: ${message}`);
  let text: string;
  let header: unknown;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(prefix, start));
    header = JSON.parse(text);
  } catch (error) {
    throw refuse((error as Error).message);
  }
  if (!isObject(header)) throw refuse(`got ${text.slice(0, 20)}`);
  const repeated = repeatedKey(text);
  if (repeated !== undefined) throw refuse(`"${repeated}" is there twice`);
  return { header, start };
}

function readMetadata(value: unknown, file: string): Map<string, string> {
  if (value === undefined) return new Map();
  const entries = isObject(value) ? Object.entries(value) : [];
  if (!isObject(value) || !entries.every(([, note]) => typeof note === 'string')) {
    throw new WeightsError(
      `${file}, ${metadataKey}: expected an object of texts, got ${JSON.stringify(value).slice(0, 60)}`,
    );
  }
  return new Map(entries as [string, string][]);
}

interface Place {
  readonly name: string;
  readonly type: StoredTensor['type'];
  readonly shape: readonly number[];
  /** Offsets in the data. */
  readonly begin: number;
  readonly end: number;
}

function readPlace(name: string, value: unknown, file: string): Place {
  const refuse = (message: string) => new WeightsError(`${file}, tensor "${name}": ${message}`);
  if (!isObject(value)) throw refuse('expected an object with dtype, shape and data_offsets');
  const { dtype, shape, data_offsets: offsets } = value;
  if (typeof dtype !== 'string' || !isType(dtype)) {
    throw refuse(
      `expected one of the types ${Object.keys(elementTypes).join(', ')}, got ${JSON.stringify(dtype)}; ` +
        'save it in one of them',
    );
  }
  if (!isListOfCounts(shape)) {
    throw refuse(`expected a shape of whole numbers ≥ 0, got ${JSON.stringify(shape)}`);
  }
  if (!isListOfCounts(offsets) || offsets.length !== 2 || offsets[0]! > offsets[1]!) {
    throw refuse(
      `expected data_offsets [begin, end] with begin ≤ end, got ${JSON.stringify(offsets)}`,
    );
  }
  const [begin, end] = offsets as [number, number];
  const size = (elementCount(shape) * bitsOf(dtype)) / 8;
  if (size !== end - begin) {
    throw refuse(
      `expected ${size} bytes for the shape [${shape.join(', ')}] of ${dtype}, got ${end - begin}`,
    );
  }
  return { name, type: dtype, shape, begin, end };
}

function isType(name: string): name is StoredTensor['type'] {
  return Object.hasOwn(elementTypes, name) || Object.hasOwn(unreadTypes, name);
}

function isRead(type: StoredTensor['type']): type is keyof typeof elementTypes {
  return Object.hasOwn(elementTypes, type);
}

function bitsOf(type: StoredTensor['type']): number {
  return isRead(type) ? 8 * elementTypes[type].bytes : unreadTypes[type];
}

function decode(bytes: Uint8Array, type: StoredTensor['type'], where: string): TensorValues {
  if (!isRead(type)) return bytes.slice();
  try {
    return elementTypes[type].decode(bytes);
  } catch (error) {
    throw new WeightsError(`${where}: ${(error as Error).message}`, { cause: error });
  }
}

function encode(values: TensorValues, type: StoredTensor['type'], name: string): Uint8Array {
  if (!isRead(type)) {
    throw new RangeError(
      `"${name}": expected one of the types ${Object.keys(elementTypes).join(', ')}, got ${type}`,
    );
  }
  try {
    return elementTypes[type].encode(values);
  } catch (error) {
    throw new RangeError(`"${name}", ${type}: ${(error as Error).message}`, { cause: error });
  }
}

function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isListOfCounts(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);
}
