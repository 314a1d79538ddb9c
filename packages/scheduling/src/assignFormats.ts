import { requireKnownLayers } from './requireKnownLayers.ts';
import type { LayerAssignment, ScheduleContext } from './policy.ts';

/**
 * Assigns `context.format` to the chosen layers and `context.otherFormat` to all others, in the
 * order of `context.layers`. Layers in float32 are left out if `otherFormat` is float32.
 *
 * @throws RangeError for a chosen layer that the model does not have, or if the two formats are
 *   equal
 */
export function assignFormats(
  chosen: Iterable<string>,
  {
    layers,
    format,
    otherFormat = 'float32',
  }: Pick<ScheduleContext, 'layers' | 'format' | 'otherFormat'>,
): LayerAssignment {
  if (otherFormat === format && format !== 'float32') {
    throw new RangeError(
      `otherFormat: expected another format than that of the chosen layers, got '${otherFormat}' ` +
        'for both; leave it out for float32',
    );
  }
  const names = new Set(chosen);
  requireKnownLayers('chosen layers', names, layers);
  const assignment = new Map<string, string>();
  for (const { name } of layers) {
    if (names.has(name)) assignment.set(name, format);
    else if (otherFormat !== 'float32') assignment.set(name, otherFormat);
  }
  return assignment;
}

/**
 * Names of the layers that an assignment runs in `format`; with the run's format, the chosen
 * layers.
 */
export function layersInFormat(assignment: LayerAssignment, format: string): readonly string[] {
  return [...assignment].filter(([, assigned]) => assigned === format).map(([name]) => name);
}
