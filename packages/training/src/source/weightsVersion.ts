let latest = 0;

/**
 * A number for the weights as they are now, which no others had or will have in this process:
 * trainers that follow each other share a source.
 */
export function nextWeightsVersion(): number {
  return ++latest;
}
