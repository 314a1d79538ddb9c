let latest = 0;

/**
 * A new number for the current weights, unique in this process, since several trainers may use the
 * same source.
 */
export function nextWeightsVersion(): number {
  return ++latest;
}
