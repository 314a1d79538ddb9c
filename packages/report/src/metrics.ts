import type { MetricsRecord, RunRecords } from './runRecords.ts';

/** A metric at the end of an epoch. */
export interface MetricPoint {
  /** Epoch from 1. */
  readonly x: number;
  readonly y: number;
}

/** Value of a metric in a record; records of earlier versions have accuracies only. */
function metricIn(
  { validationMetrics, validationAccuracy }: MetricsRecord,
  metric: string,
): number | null {
  if (validationMetrics && Object.hasOwn(validationMetrics, metric)) {
    return validationMetrics[metric] ?? null;
  }
  return metric === 'accuracy' ? (validationAccuracy ?? null) : null;
}

/** The values of a metric in the epochs in which it is defined. */
export function metricPoints(records: readonly MetricsRecord[], metric: string): MetricPoint[] {
  return records.flatMap((record) => {
    const y = metricIn(record, metric);
    return y === null ? [] : [{ x: record.epoch + 1, y }];
  });
}

/** Names of the metrics of a run, its score first; none without a public validation part. */
export function metricNames({
  metrics,
  summary,
}: Pick<RunRecords, 'metrics' | 'summary'>): string[] {
  const { score } = summary ?? {};
  const hasAccuracy =
    typeof summary?.accuracy === 'number' ||
    metrics.some(({ validationAccuracy }) => typeof validationAccuracy === 'number');
  const all = [
    ...(score === undefined ? [] : [score.metric]),
    ...Object.keys(metrics.at(-1)?.validationMetrics ?? {}),
    ...Object.keys(summary?.metrics ?? {}),
  ];
  // Runs of earlier versions do not name their metrics.
  return [...new Set(all.length === 0 && hasAccuracy ? ['accuracy'] : all)];
}

/** The latest value of a metric: from the summary if the run has ended. */
export function latestMetric(
  { metrics, summary }: Pick<RunRecords, 'metrics' | 'summary'>,
  metric: string,
): number | null {
  if (summary?.metrics && Object.hasOwn(summary.metrics, metric)) {
    return summary.metrics[metric] ?? null;
  }
  const ended = metric === 'accuracy' ? summary?.accuracy : undefined;
  const last = metrics.at(-1);
  return ended ?? (last ? metricIn(last, metric) : null);
}
