import { decisionName } from './decisions.ts';
import { describeValue } from './describeValue.ts';
import { requireKnownLayers } from './requireKnownLayers.ts';
import type { LayerAssignment, ScheduleContext } from './policy.ts';

export interface CheckAssignmentOptions {
  /** Name of the policy, for the error message. */
  readonly policy?: string;
  /** Formats that the run can compute in. Default: any name is accepted. */
  readonly formats?: Iterable<string>;
  /** Known speed-ups; a format without one is refused. Default: any format is accepted. */
  readonly formatSpeedups?: ReadonlyMap<string, number>;
}

/**
 * Checks what a policy returned. Returns a copy that the policy cannot change later, in the order
 * of `context.layers`, without layers in float32.
 *
 * The number of layers is not compared with the budget: `quantizedFraction` reports it.
 *
 * @throws TypeError for anything but a Map of strings
 * @throws RangeError for a layer that the model does not have, or a format that is unknown or has
 *   no speed-up
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
