import type * as tfl from '@tensorflow/tfjs-layers';
import type { Dataset, TargetPart } from '@dpquant/data';
import { RunStoreError } from './runStoreError.ts';

/** Public facts that identify something, in the order in which they are compared. */
export type Facts = readonly (readonly [name: string, value: string])[];

/** Names and shapes of a model's weights, in order. */
export function modelFacts(model: tfl.LayersModel): Facts {
  return model.weights.map(({ originalName, shape }) => [originalName, JSON.stringify(shape)]);
}

/** Facts about a data set. Only the number of privacy units depends on its examples. */
export function dataFacts(data: Dataset): Facts {
  return [
    ['name', JSON.stringify(data.name)],
    ['privacy units', String(data.privacyUnits.count)],
    ['input shape', JSON.stringify(data.inputShape)],
    ['target shape', JSON.stringify(data.targetShape)],
    ['class names', JSON.stringify(data.classNames)],
    ...(data.greatestWeight === undefined
      ? []
      : [['greatest weight', String(data.greatestWeight)] as const]),
    ...partFacts('inputs', data.inputParts),
    ...partFacts('targets', data.targetParts),
  ];
}

/** Names, shapes and classes of several inputs or targets, in order. */
function partFacts(what: string, parts: readonly TargetPart[] | undefined): Facts {
  return (parts ?? []).map(({ name, shape, classNames }) => [
    `${what}: ${name}`,
    JSON.stringify({ shape, classNames }),
  ]);
}

/** The first fact that has changed, as shown in messages; null if none has. */
export function differingFact(
  before: Facts,
  now: Facts,
): { readonly name: string; readonly before?: string; readonly now?: string } | null {
  const [then, given] = [new Map(before), new Map(now)];
  for (const name of new Set([...then.keys(), ...given.keys()])) {
    const [was, is] = [then.get(name), given.get(name)];
    if (was === is) continue;
    return {
      name,
      ...(was !== undefined && { before: shortened(was) }),
      ...(is !== undefined && { now: shortened(is) }),
    };
  }
  return null;
}

/** Some facts are lists with thousands of entries. */
function shortened(value: string): string {
  return value.length > 80 ? `${value.slice(0, 79)}…` : value;
}

/**
 * @param run name of the run, for messages
 * @throws RunStoreError that names the first setting that has changed since the run was started
 */
export function requireSettings(run: string, before: Facts | undefined, now: Facts): void {
  const found = differingFact(before ?? [], now);
  if (!found) return;
  throw new RunStoreError(
    `resume: ${found.name} is ${found.now ?? 'absent'}, the run in ${run} was started with ${found.before ?? 'none'}; give the ` +
      'same again, or start a new run: a resumed run keeps its settings',
  );
}

/** @throws RunStoreError that names the first difference */
export function requireSame(
  path: string,
  what: 'model' | 'data',
  saved: Facts,
  given: Facts,
): void {
  for (let i = 0; i < Math.max(saved.length, given.length); i++) {
    const [before, now] = [saved[i], given[i]].map((fact) => fact?.join(' ') ?? 'nothing more');
    if (before === now) continue;
    throw new RunStoreError(
      `checkpoint ${path}: belongs to ${what === 'model' ? 'another model' : 'other data'}: expected ${before}, got ${now}; resume with the ` +
        `${what} that the run was started with`,
    );
  }
}
