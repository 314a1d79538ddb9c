/** A shape for a message. */
export function shapeText(shape: readonly (number | null)[]): string {
  return `[${shape.join(', ')}]`;
}
