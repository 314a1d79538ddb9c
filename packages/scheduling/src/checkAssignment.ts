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
      `${where}: expected select() to return a Map from layer names to format names, got ${kindOf(assignment)}`,
    );
  }
  const layers = new Set(context.layers.map((layer) => layer.name));
  const known = formats && new Set(['float32', ...formats]);
  for (const [layer, format] of assignment as Map<unknown, unknown>) {
    if (typeof layer !== 'string' || typeof format !== 'string') {
      throw new TypeError(
        `${where}: expected layer names and format names, got ${kindOf(layer)} → ${kindOf(format)}`,
      );
    }
    if (!layers.has(layer)) {
      throw new RangeError(
        `${where}: the model has no quantizable layer '${layer}'; it has ${[...layers].join(', ')}`,
      );
    }
    if (known && !known.has(format)) {
      throw new RangeError(
        `${where}: layer '${layer}': expected a format out of ${[...known].join(', ')}, got '${format}'`,
      );
    }
  }
  const checked = new Map<string, string>();
  for (const layer of layers) {
    const format = (assignment as LayerAssignment).get(layer);
    if (format !== undefined && format !== 'float32') checked.set(layer, format);
  }
  return checked;
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (value instanceof Promise) return 'a Promise (select must not be asynchronous)';
  if (typeof value !== 'object') return typeof value === 'string' ? `'${value}'` : typeof value;
  return value.constructor?.name ?? 'an object';
}
