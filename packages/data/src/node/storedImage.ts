import type { Image } from '../formats/image.ts';

/** An image as stored in a file, before its orientation is applied. */
export interface StoredImage {
  readonly image: Image;
  /** EXIF orientation, 1 to 8; 1 if the file has none. */
  readonly orientation: number;
}
