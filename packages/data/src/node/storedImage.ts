import type { Image } from '../formats/image.ts';

/** An image as a file has it, and how it is to be turned before it is shown. */
export interface StoredImage {
  readonly image: Image;
  /** EXIF orientation, 1 to 8; 1 where the file says nothing. */
  readonly orientation: number;
}
