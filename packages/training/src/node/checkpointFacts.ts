import type * as tfl from '@tensorflow/tfjs-layers';
import type { Dataset } from '@dpquant/data';
import { RunFolderError } from './runFolderError.ts';

/** What something is told by, in the order in which differences matter; all of it public. */
export type Facts = readonly (readonly [name: string, value: string])[];

/** Names and shapes of a model's weights, in order. */
export function modelFacts(model: tfl.LayersModel): Facts {
  return model.weights.map(({ originalName, shape }) => [originalName, JSON.stringify(shape)]);
}

/** Of a data set nothing that an example could change, but for the number of privacy units. */
export function dataFacts(data: Dataset): Facts {
  return [
    ['name', JSON.stringify(data.name)],
    ['privacy units', String(data.privacyUnits.count)],
    ['input shape', JSON.stringify(data.inputShape)],
    ['target shape', JSON.stringify(data.targetShape)],
    ['class names', JSON.stringify(data.classNames)],
  ];
}

/** @throws RunFolderError that names the first difference */
export function requireSame(
  path: string,
  what: 'model' | 'data',
  saved: Facts,
  given: Facts,
): void {
  for (let i = 0; i < Math.max(saved.length, given.length); i++) {
    const [before, now] = [saved[i], given[i]].map((fact) => fact?.join(' ') ?? 'nothing more');
    if (before === now) continue;
    throw new RunFolderError(
      `checkpoint ${path}: belongs to ${what === 'model' ? 'another model' : 'other data'}: expected ${before}, got ${now}; resume with the ` +
        `${what} that the run was started with`,
    );
  }
}
