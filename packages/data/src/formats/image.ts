/** An image of 8 bits per channel: `height` × `width` × `channels` bytes. */
export interface Image {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  readonly pixels: Uint8Array;
}
