import { checkCollaborators } from './checkCollaborators.ts';
import type { AnalysisChoice, PrivateTrainingOptions } from './privateTrainingOptions.ts';

/** Each option by name; the compiler checks that the list matches the type. */
const names: Readonly<Record<keyof PrivateTrainingOptions, true>> = {
  ...{ epsilon: true, noiseMultiplier: true, guarantee: true, delta: true, accountant: true },
  ...{ epochs: true, steps: true, batchSize: true },
  ...{ task: true, validationFraction: true, validation: true },
  ...{ clipNorm: true, clipping: true, quantileClipping: true, noiseRatio: true },
  ...{ rowsPerUnit: true, policy: true, format: true, otherFormat: true, budget: true },
  ...{ scheduleInterval: true, formatSpeedups: true, analysis: true },
  ...{ optimizer: true, learningRate: true, weightAverage: true, earlyStop: true },
  ...{ store: true, firstLedger: true, callbacks: true, signal: true, stopBetweenSteps: true },
  ...{ seed: true, insecureSeed: true, physicalBatchSize: true },
};

const analysisNames: Readonly<Record<keyof AnalysisChoice, true>> = {
  ...{ estimator: true, interval: true, start: true, noiseMultiplier: true, batchSize: true },
  ...{ adaptive: true, smoothing: true },
};

/** Options that are always numbers. */
const numbers = [
  ...(['epsilon', 'noiseMultiplier', 'delta', 'epochs', 'steps', 'batchSize'] as const),
  ...(['validationFraction', 'noiseRatio', 'rowsPerUnit', 'scheduleInterval'] as const),
  ...(['seed', 'insecureSeed', 'physicalBatchSize'] as const),
] satisfies readonly (keyof PrivateTrainingOptions)[];

/** Groups of options that exclude each other, and whether one of them is required. */
const alternatives: readonly [isNeeded: boolean, ...(keyof PrivateTrainingOptions)[]][] = [
  [true, 'epsilon', 'noiseMultiplier', 'guarantee'],
  [true, 'epochs', 'steps'],
  [false, 'validation', 'validationFraction'],
];

/**
 * Refuses options that are unknown, missing or exclude each other: a misspelt option would silently
 * have its default.
 *
 * @throws RangeError or TypeError that names them
 */
export function checkOptions(options: PrivateTrainingOptions): void {
  if (typeof options !== 'object' || options === null) {
    throw new TypeError(
      `options: expected { epsilon, delta, epochs, batchSize, … }, got ${String(options)}`,
    );
  }
  requireKnown(options, names, '');
  requireKnown(options.analysis ?? {}, analysisNames, 'analysis.');
  for (const name of numbers) requireNumber(name, options[name]);
  checkCollaborators(options);
  for (const [isNeeded, ...group] of alternatives) {
    const given = group.filter((name) => options[name] !== undefined);
    if (given.length === 1 || (given.length === 0 && !isNeeded)) continue;
    throw new RangeError(
      `options: expected ${isNeeded ? 'one' : 'at most one'} of ${group.join(', ')}, got ${given.join(' and ') || 'none'}`,
    );
  }
  if (options.guarantee !== undefined && options.guarantee !== 'none') {
    throw new RangeError(
      `guarantee: expected 'none', which trains without privacy, got '${String(options.guarantee)}'; leave it out and ` +
        'give epsilon',
    );
  }
  if (!(options.delta > 0 && options.delta < 1)) {
    throw new RangeError(
      `delta: expected a number between 0 and 1, below one over the number of private examples, got ${options.delta}`,
    );
  }
  if (options.batchSize !== undefined && !(options.batchSize > 0)) {
    throw new RangeError(
      `batchSize: expected the number of privacy units in a step, above 0, got ${options.batchSize}`,
    );
  }
  requireLearningRate(options);
  if (options.learningRate !== undefined && typeof options.optimizer === 'object') {
    throw new RangeError(
      'learningRate: applies only to an optimizer given by name; give it to your optimizer itself, or leave it out',
    );
  }
}

/** JavaScript would treat a string as a number in some places and as text in others. */
function requireNumber(name: string, value: unknown): void {
  if (value === undefined || typeof value === 'number') return;
  throw new TypeError(`${name}: expected a number, got ${describe(value)}`);
}

function requireLearningRate({ learningRate }: PrivateTrainingOptions): void {
  if (learningRate === undefined || typeof learningRate === 'function') return;
  if (typeof learningRate === 'number') {
    if (learningRate > 0 && learningRate < Infinity) return;
    throw new RangeError(`learningRate: expected a positive number, got ${learningRate}`);
  }
  throw new TypeError(
    `learningRate: expected a positive number or a schedule, as cosineDecay gives, got ${describe(learningRate)}`,
  );
}

function describe(value: unknown): string {
  return typeof value === 'string' ? `'${value}'` : value === null ? 'null' : typeof value;
}

function requireKnown(given: object, known: object, path: string): void {
  const unknown = Object.keys(given).find((name) => !Object.hasOwn(known, name));
  if (unknown === undefined) return;
  throw new TypeError(
    `options: unknown ${path}${unknown}; known are ${Object.keys(known).join(', ')}`,
  );
}
