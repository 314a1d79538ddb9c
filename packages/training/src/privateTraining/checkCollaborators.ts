import type { RunReporter } from '../durable/runReporter.ts';
import type { RunStore } from '../durable/runStore.ts';
import { isSeveral, type ModelTask, type Task } from '../tasks/task.ts';
import type { PrivateTrainingOptions } from './privateTrainingOptions.ts';

/** Methods of a store; the compiler checks that the lists match the types. */
const ofStore: Readonly<Record<Exclude<keyof RunStore, 'name'>, true>> = {
  ...{ stage: true, begin: true, readLedger: true, writeLedger: true },
  ...{ readCheckpoint: true, writeCheckpoint: true },
  ...{ appendRecord: true, readRecords: true, truncateRecords: true },
  ...{ writeModel: true, writeSummary: true },
};

const ofReporter: Readonly<Record<keyof RunReporter, true>> = {
  ...{ onBegin: true, onProbe: true, onAnalysis: true, onDecision: true },
  ...{ onEpochBegin: true, onStepEnd: true, onEpochEnd: true },
};

/**
 * Refuses objects with missing methods, which would otherwise fail only when called, after a
 * charge.
 *
 * @throws TypeError that names what is missing or unknown
 */
export function checkCollaborators({
  store,
  callbacks,
  signal,
  stopBetweenSteps,
  task,
}: PrivateTrainingOptions): void {
  if (store !== undefined) requireStore(store);
  if (callbacks !== undefined) requireReporter(callbacks);
  requireSignal('signal', signal);
  requireSignal('stopBetweenSteps', stopBetweenSteps);
  if (task !== undefined && typeof task !== 'string') requireTaskObject(task);
}

function requireStore(store: RunStore): void {
  const missing = Object.keys(ofStore).find((name) => !isFunction(store, name));
  if (missing === undefined) return;
  throw new TypeError(
    `store: expected a RunStore, as RunFolder of @dpquant/training/node, got an object without ${missing}`,
  );
}

function requireReporter(callbacks: RunReporter): void {
  const known = Object.keys(ofReporter).join(', ');
  if (typeof callbacks !== 'object' || callbacks === null) {
    throw new TypeError(
      `callbacks: expected an object of functions, { onEpochEnd: … }, got ${typeof callbacks}`,
    );
  }
  const values = callbacks as Readonly<Record<string, unknown>>;
  for (const name of Object.keys(ofReporter)) {
    if (values[name] === undefined || isFunction(callbacks, name)) continue;
    throw new TypeError(`callbacks: expected a function as ${name}, got ${typeof values[name]}`);
  }
  // An instance of a class may have other methods too.
  const unknown = Object.keys(callbacks).find((name) => !Object.hasOwn(ofReporter, name));
  if (unknown === undefined || Object.getPrototypeOf(callbacks) !== Object.prototype) return;
  throw new TypeError(`callbacks: nothing calls ${unknown}; known are ${known}`);
}

function requireSignal(name: string, signal: AbortSignal | undefined): void {
  if (signal === undefined || signal instanceof AbortSignal) return;
  throw new TypeError(
    `${name}: expected an AbortSignal, the signal of an AbortController, got ${typeof signal}`,
  );
}

function requireTaskObject(task: ModelTask): void {
  if (typeof task === 'object' && task !== null && isSeveral(task)) {
    for (const [output, own] of Object.entries(task.outputs)) requireTaskParts(own, output);
  } else requireTaskParts(task, null);
}

function requireTaskParts(task: Partial<Task> | null, output: string | null): void {
  const { name, loss, targetShape, metrics } = task ?? {};
  const areFunctions = Object.values(metrics ?? {}).every((metric) => typeof metric === 'function');
  const isTask =
    typeof name === 'string' &&
    typeof loss === 'function' &&
    (Array.isArray(targetShape) || typeof targetShape === 'function') &&
    typeof metrics === 'object' &&
    areFunctions;
  if (isTask) return;
  throw new TypeError(
    `task${output === null ? '' : `, ${output}`}: expected the name of a task, or { name, loss, targetShape, metrics } with a loss of one value ` +
      'an example and functions as metrics',
  );
}

function isFunction(owner: object, name: string): boolean {
  return typeof (owner as Partial<Record<string, unknown>> | null)?.[name] === 'function';
}
