import { describeValue } from './describeValue.ts';
import { requireKnownLayers } from './knownLayers.ts';
import type { LayerAssignment, ScheduleContext } from './policy.ts';

export interface CheckAssignmentOptions {
  /** Name of the policy, for the error message. */
  readonly policy?: string;
  /** Formats that the run can compute in; without it any name passes. */
  readonly formats?: Iterable<string>;
}

/**
 * Checks what a policy returned, and returns it as a copy that the policy cannot change afterwards:
 * in the order of `context.layers`, without layers that run in float32 anyway.
 *
 * How many layers are in it is the policy's own affair: `quantizedFraction` reports it.
 *
 * Throws TypeError for anything but a Map of strings, RangeError for a layer that the model does not
 * have or a format that the run does not know.
 */
export function checkAssignment(
  assignment: unknown,
  context: Pick<ScheduleContext, 'layers' | 'epoch'>,
  { policy = 'policy', formats }: CheckAssignmentOptions = {},
): LayerAssignment {
  const where = `${policy}, epoch ${context.epoch}`;
  if (!(assignment instanceof Map)) {
    throw new TypeError(
      `${where}: expected select() to return a Map from layer names to format names, got ${describeValue(assignment)}` +
        (assignment instanceof Promise ? ' (select must not be asynchronous)' : ''),
    );
  }
  for (const [layer, format] of assignment as Map<unknown, unknown>) {
    if (typeof layer !== 'string' || typeof format !== 'string') {
      throw new TypeError(
        `${where}: expected layer names and format names, got ${describeValue(layer)} → ${describeValue(format)}`,
      );
    }
  }
  const entries = assignment as LayerAssignment;
  const known = formats && new Set(['float32', ...formats]);
  requireKnownLayers(where, entries.keys(), context.layers);
  for (const [layer, format] of entries) {
    if (known && !known.has(format)) {
      throw new RangeError(
        `${where}: layer '${layer}': expected a format out of ${[...known].join(', ')}, got '${format}'`,
      );
    }
  }
  const checked = new Map<string, string>();
  for (const { name } of context.layers) {
    const format = entries.get(name);
    if (format !== undefined && format !== 'float32') checked.set(name, format);
  }
  return checked;
}
