import jpeg from 'jpeg-js';
import { DataError } from '../formats/dataError.ts';
import { exifOrientation } from './exifOrientation.ts';
import type { StoredImage } from './storedImage.ts';

/** Baseline, extended and progressive Huffman coding, which the decoder supports. */
const decodedFrames = [0xc0, 0xc1, 0xc2];

/**
 * Decodes a baseline or progressive JPEG to 1 channel if gray, else to red, green and blue. Whether
 * colours are stored as YCbCr or RGB is decided as in libjpeg: by a JFIF marker, else Adobe's
 * marker, else the component ids. CMYK and YCCK are Adobe's, inverted, and become (255 − c)(255 −
 * k) / 255 per channel.
 *
 * @throws DataError unless the image has 8 bits per channel, a supported coding (not arithmetic or
 *   lossless) and distinct components; errors of the decoder for damaged files
 */
export function readJpeg(bytes: Uint8Array, file: string, greatestPixelCount: number): StoredImage {
  const { isJfif, adobeTransform, exif, frame, precision, components } = markersOf(bytes);
  if (precision !== 8) {
    throw new DataError(
      `${file}: expected 8 bits a channel, got ${precision}; save it as a PNG of 8 or 16 bits`,
    );
  }
  if (frame !== undefined && !decodedFrames.includes(frame)) {
    throw new DataError(
      `${file}: expected a baseline or progressive JPEG, got one of another coding ` +
        `(marker FF${frame.toString(16).toUpperCase()}); ${saveAnew}`,
    );
  }
  const isCmyk = components.length === 4 && adobeTransform !== undefined;
  if (frame !== undefined && ![1, 3].includes(components.length) && !isCmyk) {
    throw new DataError(
      `${file}: expected a gray image, one of three colours or of Adobe's CMYK, got ` +
        `${components.length} components; ${saveAnew}`,
    );
  }
  if (new Set(components).size !== components.length) {
    throw new DataError(
      `${file}: expected components of different names, got ${components.join(', ')}; ${saveAnew}`,
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
  const orientation = exif ? exifOrientation(exif) : 1;
  if (components.length !== 1) {
    return { image: { width, height, channels: 3, pixels: data }, orientation };
  }
  // The decoder repeats a gray value three times.
  const gray = Uint8Array.from({ length: width * height }, (_, i) => data[3 * i]!);
  return { image: { width, height, channels: 1, pixels: gray }, orientation };
}

const saveAnew =
  "save it anew, in Pillow by Image.open(f).convert('RGB').save(f, 'JPEG', quality=95)";

/** Contents of the markers before a JPEG's first scan. */
interface JpegMarkers {
  readonly isJfif: boolean;
  /** 0: stored as is, 1: YCbCr; undefined without Adobe's marker. */
  readonly adobeTransform: number | undefined;
  readonly exif: Uint8Array | undefined;
  /** Start-of-frame marker, C0 to CF; undefined if there is none. */
  readonly frame: number | undefined;
  readonly precision: number;
  /** Component ids. */
  readonly components: readonly number[];
}

/** Reads the marker segments of a JPEG (ITU T.81, B.1.1), up to the first unreadable one. */
function markersOf(bytes: Uint8Array): JpegMarkers {
  const markers = {
    isJfif: false,
    adobeTransform: undefined as number | undefined,
    exif: undefined as Uint8Array | undefined,
    frame: undefined as number | undefined,
    precision: 8,
    components: [] as number[],
  };
  for (let offset = 2; offset + 4 <= bytes.length;) {
    if (bytes[offset] !== 0xff) break;
    const marker = bytes[offset + 1]!;
    // Fill bytes may precede a marker.
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
    if (marker === 0xe1 && begins('Exif\0')) markers.exif ??= segment;
    if (marker === 0xee && begins('Adobe') && segment.length >= 12) {
      markers.adobeTransform = segment[11]!;
    }
    // Start-of-frame markers, without C4, C8 and CC, which are not.
    if (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)) {
      markers.frame = marker;
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
