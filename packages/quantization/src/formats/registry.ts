import { builtInBlockFormats, isBlockFormat, type BlockFormat } from './blockFormat.ts';
import { builtInFormats } from './builtInFormats.ts';
import type { NumberFormat } from './numberFormat.ts';

const formats = new Map<string, NumberFormat | BlockFormat>(
  [...builtInFormats, ...builtInBlockFormats].map((format) => [format.name, format]),
);

/** Names of all formats that values can be cast to, built in and registered. */
export function formatNames(): string[] {
  return [...formats.keys()];
}

/**
 * The format with the given name.
 *
 * @throws RangeError that lists the known names, for an unknown one
 */
export function numberFormat(name: string): NumberFormat | BlockFormat {
  const found = formats.get(name);
  if (!found) {
    throw new RangeError(`format: expected one of ${formatNames().join(', ')}, got "${name}"`);
  }
  return found;
}

/**
 * Registers a custom format by its name, also as the arithmetic of a layer.
 *
 * @throws RangeError for a name that is taken, and for invalid properties
 */
export function registerFormat(format: NumberFormat | BlockFormat): void {
  if (formats.has(format.name) || format.name === 'float32') {
    throw new RangeError(`format: "${format.name}" is taken; choose another name`);
  }
  const element = isBlockFormat(format) ? format.element : format;
  if (!(Number.isInteger(element.bits) && element.bits >= 1 && element.bits <= 16)) {
    throw new RangeError(`format "${format.name}": expected 1 to 16 bits, got ${element.bits}`);
  }
  if (!(element.max > 0 && element.max < Infinity)) {
    throw new RangeError(`format "${format.name}": expected a positive max, got ${element.max}`);
  }
  if (isBlockFormat(format) && !(Number.isInteger(format.blockSize) && format.blockSize >= 1)) {
    throw new RangeError(
      `format "${format.name}": expected a whole blockSize of at least 1, got ${format.blockSize}`,
    );
  }
  formats.set(format.name, format);
}
