/** An image of eight bits: `height` × `width` × `channels` bytes. */
export interface Image {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  readonly pixels: Uint8Array;
}
