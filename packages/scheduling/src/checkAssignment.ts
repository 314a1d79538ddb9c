import { decisionName } from './decisions.ts';
import { describeValue } from './describeValue.ts';
import { requireKnownLayers } from './knownLayers.ts';
import type { LayerAssignment, ScheduleContext } from './policy.ts';

export interface CheckAssignmentOptions {
  /** Name of the policy, for the error message. */
  readonly policy?: string;
  /** Formats that the run can compute in; without it any name passes. */
  readonly formats?: Iterable<string>;
  /**
   * Speed-ups that the run is reckoned with: a format without one is refused. Without it any
   * passes.
   */
  readonly formatSpeedups?: ReadonlyMap<string, number>;
}

/**
 * Checks what a policy returned, and returns it as a copy that the policy cannot change afterwards:
 * in the order of `context.layers`, without layers that run in float32 anyway.
 *
 * How many layers are in it is the policy's own affair: `quantizedFraction` reports it.
 *
 * Throws TypeError for anything but a Map of strings, RangeError for a layer that the model does not
 * have, and for a format that the run does not know or whose speed-up is not known.
 */
export function checkAssignment(
  assignment: unknown,
  context: Pick<ScheduleContext, 'layers' | 'epoch' | 'step' | 'interval' | 'stepsPerEpoch'>,
  { policy = 'policy', formats, formatSpeedups }: CheckAssignmentOptions = {},
): LayerAssignment {
  const where = `${policy}, ${decisionName(context)}`;
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
    if (formatSpeedups && format !== 'float32' && !formatSpeedups.has(format)) {
      throw new RangeError(
        `${where}: layer '${layer}': no speed-up is known for the format '${format}', which the theoretical ` +
          'speed-up of the run needs; add it to formatSpeedups, or choose another format',
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
