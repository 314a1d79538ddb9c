/** [n, height, width, channels], or [height, width, channels in, channels out] of a filter. */
export type Shape4D = [number, number, number, number];
