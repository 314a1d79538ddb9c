import type { ScheduledLayer } from './policy.ts';

/** @throws RangeError that lists the known layers, for a name that is not among `layers` */
export function requireKnownLayers(
  where: string,
  names: Iterable<string>,
  layers: readonly ScheduledLayer[],
): void {
  const known = new Set(layers.map((layer) => layer.name));
  for (const name of names) {
    if (!known.has(name)) {
      throw new RangeError(
        `${where}: the model has no quantizable layer '${name}'; it has ${[...known].join(', ')}`,
      );
    }
  }
}
