import jpeg from 'jpeg-js';
import { DataError } from '../formats/dataError.ts';
import type { Image } from '../formats/ppm.ts';
import { requireUpright } from './exifOrientation.ts';

/**
 * Decodes a baseline or progressive JPEG into red, green and blue; also a gray one. Colours are
 * stored as YCbCr or as RGB, told apart as libjpeg does: by a JFIF mark, else Adobe's, else the
 * names of the components.
 *
 * @throws DataError for images that are to be turned, of other than 8 bits, or of components that
 * cannot be told apart; the decoder's own errors for damage
 */
export function readJpeg(bytes: Uint8Array, file: string, greatestPixelCount: number): Image {
  const { isJfif, adobeTransform, exif, precision, components } = markersOf(bytes);
  if (exif) requireUpright(exif, file);
  if (precision !== 8) {
    throw new DataError(
      `${file}: expected 8 bits a channel, got ${precision}; save it as a PNG of 8 bits`,
    );
  }
  if (new Set(components).size !== components.length) {
    throw new DataError(
      `${file}: expected components of different names, got ${components.join(', ')}; ` +
        "save it anew, in Pillow by Image.open(f).convert('RGB').save(f, quality=95)",
    );
  }
  const isNamedRgb = String.fromCharCode(...components) === 'RGB';
  const isRgb = !isJfif && (adobeTransform === undefined ? isNamedRgb : adobeTransform === 0);
  const { width, height, data } = jpeg.decode(bytes, {
    useTArray: true,
    formatAsRGBA: false,
    tolerantDecoding: false,
    maxResolutionInMP: greatestPixelCount / 1e6,
    maxMemoryUsageInMB: 1024,
    ...(components.length === 3 && { colorTransform: !isRgb }),
  });
  return { width, height, channels: 3, pixels: data };
}

/** What a JPEG says before its first scan. */
interface JpegMarkers {
  readonly isJfif: boolean;
  /** 0: as they are, 1: YCbCr; undefined without Adobe's mark. */
  readonly adobeTransform: number | undefined;
  readonly exif: Uint8Array | undefined;
  readonly precision: number;
  /** Names of the components. */
  readonly components: readonly number[];
}

/** Reads the segments of a JPEG (ITU T.81, B.1.1), as far as they can be read. */
function markersOf(bytes: Uint8Array): JpegMarkers {
  const markers = {
    isJfif: false,
    adobeTransform: undefined as number | undefined,
    exif: undefined as Uint8Array | undefined,
    precision: 8,
    components: [] as number[],
  };
  for (let offset = 2; offset + 4 <= bytes.length;) {
    if (bytes[offset] !== 0xff) break;
    const marker = bytes[offset + 1]!;
    // Fill bytes may stand before a marker.
    if (marker === 0xff) {
      offset++;
      continue;
    }
    const length = bytes[offset + 2]! * 256 + bytes[offset + 3]!;
    const segment = bytes.subarray(offset + 4, offset + 2 + length);
    const begins = (text: string) =>
      [...text].every((letter, i) => segment[i] === letter.charCodeAt(0));
    if (marker === 0xda || length < 2) break;
    if (marker === 0xe0 && begins('JFIF\0')) markers.isJfif = true;
    if (marker === 0xe1 && begins('Exif\0')) markers.exif ??= segment.subarray(6);
    if (marker === 0xee && begins('Adobe') && segment.length >= 12) {
      markers.adobeTransform = segment[11]!;
    }
    // All start of frame markers, but not the tables C4, C8 and CC.
    if (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)) {
      markers.precision = segment[0] ?? 8;
      const count = segment[5] ?? 0;
      for (let i = 0; i < count && 6 + 3 * i < segment.length; i++) {
        markers.components.push(segment[6 + 3 * i]!);
      }
    }
    offset += 2 + length;
  }
  return markers;
}
