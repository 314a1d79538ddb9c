import { latestMetric, metricNames } from '../metrics.ts';
import type { RunRecords } from '../runRecords.ts';
import { withoutFolders } from '../text/shownText.ts';

/** Facts from a run's records that several parts of a page need. */
export interface RunFacts {
  readonly name: string;
  readonly model: string;
  readonly data: string;
  readonly format: string;
  /** Whether the run has ended; otherwise it is running or can be resumed. */
  readonly isFinished: boolean;
  readonly hasGuarantee: boolean;
  /** Why there is no guarantee. */
  readonly whyNone: string;
  readonly delta: number | undefined;
  /** ε spent so far, or at the end; null if unbounded. */
  readonly epsilonSpent: number | null | undefined;
  /** ε of the whole plan, once the run has ended. */
  readonly epsilon: number | null | undefined;
  readonly epsilonTarget: number | undefined;
  /** Names of the task's metrics, the score first. */
  readonly metricNames: readonly string[];
  /** The latest value of the score; null if there is none. */
  readonly score: number | null;
  readonly epochsEnded: number;
  readonly epochsPlanned: number | undefined;
  /** Such as `examples`, and the name of a single one. */
  readonly units: string;
  readonly oneUnit: string;
  readonly unitCount: number | undefined;
}

export function runFacts(records: RunRecords): RunFacts {
  const { name, config, metrics, summary, spending } = records;
  const { options = {}, plan } = config;
  const latest = metrics.at(-1);
  const names = metricNames(records);
  const hasPrivacy = options['privacy'] !== false;
  const isSeeded = options['insecureSeed'] !== undefined;
  const said = [summary?.guarantee, spending?.guarantee, plan?.guarantee, latest?.guarantee].filter(
    (guarantee) => guarantee !== undefined,
  );
  const isPromised = said.length > 0 && said.every((each) => each === 'differential privacy');
  const delta = summary?.delta ?? numberOf(options['delta']) ?? latest?.delta;
  const unit = textOf(options['privacyUnit']);
  const target = summary?.epsilonTarget ?? undefined;
  return {
    name,
    model: withoutFolders(textOf(options['model']) ?? 'a model'),
    data: withoutFolders(textOf(options['data']) ?? 'data'),
    format: textOf(options['format']) ?? 'low precision',
    isFinished: summary !== null,
    hasGuarantee: hasPrivacy && !isSeeded && isPromised,
    whyNone: !hasPrivacy
      ? 'it was trained as a baseline, with neither clipping nor noise (no-privacy)'
      : isSeeded
        ? 'its noise can be reproduced (insecure-seed)'
        : said.length > 0
          ? 'according to its records'
          : 'its records do not say that there is one',
    delta,
    epsilonSpent: summary?.epsilonSpent ?? spending?.total ?? latest?.epsilon,
    epsilon: summary?.epsilon,
    epsilonTarget:
      target ??
      (hasPrivacy && options['noiseMultiplier'] === undefined
        ? numberOf(options['epsilon'])
        : undefined),
    metricNames: names,
    score: names[0] === undefined ? null : latestMetric(records, names[0]),
    epochsEnded: metrics.length,
    epochsPlanned:
      plan?.steps !== undefined && plan.stepsPerEpoch !== undefined
        ? Math.ceil(plan.steps / plan.stepsPerEpoch)
        : undefined,
    units: unit === undefined ? 'examples' : `privacy units (${unit})`,
    oneUnit: unit === undefined ? 'one example' : `one privacy unit (${unit})`,
    unitCount: plan?.unitCount,
  };
}

function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
