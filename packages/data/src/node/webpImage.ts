import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { DataError } from '../formats/dataError.ts';
import { exifOrientation } from './exifOrientation.ts';
import type { StoredImage } from './storedImage.ts';

/** Exports of the WebAssembly module of `@cwasm/webp`: libwebp's decoder and its memory. */
interface WebpDecoder {
  readonly memory: WebAssembly.Memory;
  malloc(length: number): number;
  /**
   * Returns the address of width × height × 4 bytes, or 0 for damaged data; writes the sizes to the
   * addresses in the last two arguments.
   */
  WebPDecodeRGBA(data: number, length: number, width: number, height: number): number;
}

let compiled: WebAssembly.Module | undefined;

/**
 * Creates a decoder per image: what a malicious file does to its memory cannot affect how other
 * images are read.
 */
function newDecoder(): WebpDecoder {
  compiled ??= new WebAssembly.Module(
    readFileSync(createRequire(import.meta.url).resolve('@cwasm/webp/webp.wasm')),
  );
  const refuse = () => {
    throw new Error('the decoder asked for a file');
  };
  const imports = {
    wasi_snapshot_preview1: { fd_close: refuse, fd_seek: refuse, fd_write: refuse },
  };
  return new WebAssembly.Instance(compiled, imports).exports as unknown as WebpDecoder;
}

/** Whether a file begins like a WebP image. */
export function isWebp(bytes: Uint8Array): boolean {
  return textAt(bytes, 0) === 'RIFF' && textAt(bytes, 8) === 'WEBP';
}

/**
 * Decodes a lossy or lossless WebP to red, green and blue. Transparency is dropped.
 *
 * @throws DataError for animations or more than `greatestPixelCount` pixels; Error for damaged
 *   files
 */
export function readWebp(bytes: Uint8Array, file: string, greatestPixelCount: number): StoredImage {
  const { width, height, orientation } = readChunks(bytes, file);
  if (width * height > greatestPixelCount) {
    throw new DataError(
      `${file}: expected at most ${greatestPixelCount} pixels, got ${width} × ${height}`,
    );
  }
  const decoder = newDecoder();
  const allocate = (length: number) => {
    const address = decoder.malloc(length) >>> 0;
    if (address === 0) throw new Error(`no memory for ${length} bytes`);
    return address;
  };
  const data = allocate(bytes.length);
  new Uint8Array(decoder.memory.buffer).set(bytes, data);
  const sizes = allocate(8);
  const address = decoder.WebPDecodeRGBA(data, bytes.length, sizes, sizes + 4) >>> 0;
  const found = new Uint32Array(decoder.memory.buffer, sizes, 2);
  if (address === 0 || found[0] !== width || found[1] !== height) {
    throw new Error('its pixels cannot be decoded');
  }
  const rgba = new Uint8Array(decoder.memory.buffer, address, 4 * width * height);
  const pixels = new Uint8Array(3 * width * height);
  for (let i = 0; i < width * height; i++) {
    for (let channel = 0; channel < 3; channel++) pixels[3 * i + channel] = rgba[4 * i + channel]!;
  }
  return { image: { width, height, channels: 3, pixels }, orientation };
}

/** Reads size and orientation from the chunks of a WebP (RFC 9649, 2.3 to 2.7). */
function readChunks(bytes: Uint8Array, file: string) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = 8 + (bytes.length < 12 ? Infinity : view.getUint32(4, true));
  if (end > bytes.length) throw new Error(`${end} bytes, got ${bytes.length}`);
  let [width, height, orientation] = [0, 0, 1];
  for (let offset = 12; offset + 8 <= end;) {
    const length = view.getUint32(offset + 4, true);
    const content = bytes.subarray(offset + 8, Math.min(end, offset + 8 + length));
    const type = textAt(bytes, offset);
    if (type === 'VP8X' && ((content[0] ?? 0) & 2) !== 0) {
      throw new DataError(
        `${file}: expected one image, got an animation; save a frame of it as a PNG, in Pillow by ` +
          "Image.open(f).convert('RGB').save(f'{f}.png')",
      );
    }
    if (type === 'VP8 ' && content.length >= 10) {
      width = view.getUint16(offset + 14, true) & 0x3fff;
      height = view.getUint16(offset + 16, true) & 0x3fff;
    }
    if (type === 'VP8L' && content.length >= 5) {
      const packed = view.getUint32(offset + 9, true);
      width = 1 + (packed & 0x3fff);
      height = 1 + ((packed >>> 14) & 0x3fff);
    }
    if (type === 'EXIF') orientation = exifOrientation(content);
    offset += 8 + length + (length % 2);
  }
  if (width === 0 || height === 0) throw new Error('it says no size');
  return { width, height, orientation };
}

const textAt = (bytes: Uint8Array, offset: number) =>
  String.fromCharCode(...bytes.subarray(offset, offset + 4));
