import type { ComparisonRecord } from '../comparisonRecord.ts';
import type { ClassReportRecord, MetricsRecord, RunRecords } from '../runRecords.ts';
import { exampleComparison, exampleRun } from './exampleRecords.ts';

/** A run whose metrics approach the given values. */
export function runWith(
  metrics: Readonly<Record<string, number>>,
  {
    epochs = 6,
    better = 'greater',
    ...report
  }: Partial<ClassReportRecord> & {
    readonly epochs?: number;
    readonly better?: 'greater' | 'less';
    readonly classReports?: Readonly<Record<string, ClassReportRecord>>;
  } = {},
): RunRecords {
  const run = exampleRun({ epochs });
  const at = (epoch: number) =>
    Object.fromEntries(
      Object.entries(metrics).map(([name, end]) => {
        const isError = /mae|rmse/.test(name);
        return [name, end * (isError ? 1 + 1 / (epoch + 1) : 1 - 0.5 / (epoch + 1))];
      }),
    );
  const [metric] = Object.keys(metrics) as [string];
  return {
    ...run,
    metrics: run.metrics.map((record, epoch): MetricsRecord => ({
      ...record,
      validationAccuracy: at(epoch)['accuracy'] ?? null,
      validationMetrics: at(epoch),
    })),
    summary: {
      ...run.summary!,
      accuracy: at(epochs - 1)['accuracy'] ?? null,
      metrics: at(epochs - 1),
      score: { metric, better },
      ...report,
    },
  };
}

/** A report in which most examples are classified correctly. */
export function classReport(names: readonly string[], hasMatrix = true): ClassReportRecord {
  const confusionMatrix = names.map((_, row) =>
    names.map((_, column) =>
      row === column ? 90 + ((7 * row) % 60) : (row * 5 + column * 11) % 4 === 0 ? row + 3 : 0,
    ),
  );
  return {
    classes: names.map((name, i) => ({
      name,
      count: confusionMatrix[i]!.reduce((a, b) => a + b),
      ...{ precision: 0.9 - 0.01 * (i % 7), recall: 0.85 + 0.01 * (i % 9), f1: 0.87 },
    })),
    ...(hasMatrix && { confusionMatrix }),
  };
}

export const clothes = [
  ...['T-shirt/top', 'Trouser', 'Pullover', 'Dress', 'Coat'],
  ...['Sandal', 'Shirt', 'Sneaker', 'Bag', 'Ankle boot'],
];

export const classificationMetrics = {
  ...{ accuracy: 0.871, balancedAccuracy: 0.868, f1: 0.8661, rocAuc: 0.9812 },
};

/** A comparison by a score other than accuracy, of about the given `size`. */
export function comparisonBy(
  metric: string,
  better: 'greater' | 'less',
  size = 1,
): { record: ComparisonRecord; runs: Map<string, RunRecords> } {
  const { record, runs } = exampleComparison({ rows: 6, seeds: 3 });
  return {
    record: {
      ...record,
      score: { metric, better },
      table: record.table.map((row) => ({
        ...row,
        score: row.score && {
          ...row.score,
          mean: size * row.score.mean,
          standardDeviation: size * row.score.standardDeviation!,
        },
        difference: row.difference && {
          ...row.difference,
          mean: size * row.difference.mean,
          interval: row.difference.interval!.map((end) => size * end) as [number, number],
        },
      })),
    },
    runs: new Map(
      [...runs].map(([cell, run]) => [
        cell,
        {
          ...run,
          metrics: run.metrics.map(({ validationAccuracy, ...rest }) => ({
            ...rest,
            validationAccuracy: null,
            validationMetrics: { [metric]: size * validationAccuracy! },
          })),
        },
      ]),
    ),
  };
}
