import { basename, resolve } from 'node:path';
import { z } from 'zod';
import {
  builtInAccountants,
  createAccountant,
  type LedgerEntry,
  type PrivacyLedger,
} from '@dpquant/accounting';
import type { RunRecords, SpendingRecord } from '@dpquant/report';
import { RunStoreError } from '@dpquant/training';
import { RunFolder } from '@dpquant/training/node';
import { UsageError } from '../flags/usageError.ts';

/** A field that is left out where it is missing, or another than is known here. */
const kept = <T extends z.ZodType>(schema: T) => schema.optional().catch(undefined);
const number = kept(z.number());
const numberOrNull = kept(z.number().nullable());
const text = kept(z.string());
const numbers = kept(z.record(z.string(), z.number()));

const metricsByName = kept(z.record(z.string(), z.number().nullable()));
const classReport = {
  classes: z.array(
    z.object({
      ...{ name: z.string(), count: z.number() },
      ...{ precision: z.number(), recall: z.number(), f1: z.number() },
    }),
  ),
  confusionMatrix: kept(z.array(z.array(z.number()))),
};

const configSchema = z.object({
  options: kept(z.record(z.string(), z.unknown())),
  given: kept(z.array(z.string())),
  plan: kept(
    z.object({
      ...{ unitCount: number, sampleRate: number, steps: number, stepsPerEpoch: number },
      ...{ accountant: text, guarantee: text },
    }),
  ),
  backend: kept(z.object({ name: text, device: text, products: text })),
  versions: kept(z.record(z.string(), z.string())),
});

const summarySchema = z.object({
  ...{
    guarantee: text,
    arithmetic: text,
    epsilon: numberOrNull,
    epsilonSpent: numberOrNull,
    delta: number,
  },
  ...{ epsilonTarget: numberOrNull, accuracy: numberOrNull, quantizedFraction: number },
  metrics: metricsByName,
  score: kept(z.object({ metric: z.string(), better: z.enum(['greater', 'less']) })),
  ...{ classes: kept(classReport.classes), confusionMatrix: classReport.confusionMatrix },
  classReports: kept(z.record(z.string(), z.object(classReport))),
  ...{ theoreticalSpeedup: number, seconds: number, examplesPerSecond: number, steps: number },
  ...{ noiseMultiplier: number, analyses: kept(z.object({ count: number })), stopped: text },
});

const metricsSchema = z.object({
  ...{ epoch: z.number(), step: number, epsilon: numberOrNull, delta: number, guarantee: text },
  ...{ validationAccuracy: numberOrNull, validationMetrics: metricsByName, arithmetic: text },
});

const scheduleSchema = z.object({
  ...{ epoch: z.number(), step: number, layers: z.record(z.string(), z.string()) },
  ...{ impacts: kept(z.object({ released: numbers, smoothed: numbers })), probabilities: numbers },
});

/**
 * The records of a run for its page, of earlier versions too: what is missing or of another kind is
 * left out. Only what is public or was released is read: neither checkpoint nor model.
 *
 * @param hasSpending whether to find what took how much of ε, which is some work
 * @throws UsageError where the folder holds no run of this program
 * @throws RunStoreError where a file cannot be read
 */
export async function reportedRun(
  path: string,
  { hasSpending = true }: { readonly hasSpending?: boolean } = {},
): Promise<RunRecords> {
  const folder = await RunFolder.open(path);
  const config = configSchema.safeParse(await folder.readJson('config.json')).data;
  if (!config?.options && !config?.plan) {
    throw new UsageError(
      `${path}: config.json is not that of a run; name a folder that dpquant train or dpquant compare has written`,
    );
  }
  const isFinished = (await folder.stage()) === 'finished';
  const summary = isFinished
    ? summarySchema.parse(asObject(await folder.readJson('summary.json')))
    : null;
  const metrics = known(metricsSchema, await folder.readRecords('metrics'));
  const delta = summary?.delta ?? number.parse(config.options?.['delta']) ?? metrics.at(-1)?.delta;
  const { accountant } = config.plan ?? {};
  return {
    name: basename(resolve(path)),
    config,
    metrics,
    schedule: known(scheduleSchema, await folder.readRecords('schedule')),
    summary,
    ...(hasSpending && { spending: await spendingOf(folder, { accountant, delta }) }),
  };
}

function asObject(value: unknown): object {
  return typeof value === 'object' && value !== null ? value : {};
}

function known<T>(schema: z.ZodType<T>, records: readonly unknown[]): T[] {
  return records.flatMap((record) => schema.safeParse(record).data ?? []);
}

interface Accounting {
  readonly accountant: string | undefined;
  readonly delta: number | undefined;
}

/**
 * Nothing where the ledger is missing or damaged, or was made by an accountant of another version.
 */
async function spendingOf(
  folder: RunFolder,
  { accountant = 'pld', delta }: Accounting,
): Promise<SpendingRecord | undefined> {
  if (delta === undefined || !(delta > 0 && delta < 1) || !builtInAccountants.has(accountant)) {
    return undefined;
  }
  const ledger = await readLedger(folder);
  if (!ledger) return undefined;
  const { entries, guarantee } = ledger;
  const own = entries.filter(({ source }) => source === undefined);
  const steps = own.filter(({ label }) => label === 'training');
  const epsilonOf = (some: readonly LedgerEntry[]) => {
    if (some.length === 0) return 0;
    const sum = createAccountant(accountant);
    for (const { event, count } of some) sum.compose(event, count);
    return finiteOrNull(sum.epsilon(delta));
  };
  return {
    parts: {
      training: epsilonOf(steps),
      analyses: epsilonOf(own.filter(({ label }) => label === 'analysis')),
      imported: epsilonOf(entries.filter(({ source }) => source !== undefined)),
    },
    total: finiteOrNull(ledger.epsilon(delta, { accountant })),
    steps: steps.reduce((sum, { count }) => sum + count, 0),
    guarantee,
  };
}

async function readLedger(folder: RunFolder): Promise<PrivacyLedger | null> {
  try {
    return await folder.readLedger();
  } catch (error) {
    if (error instanceof RunStoreError) return null;
    throw error;
  }
}

/** JSON has no infinity. */
function finiteOrNull(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
