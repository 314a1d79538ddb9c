export type {
  ComparedRow,
  ComparedRun,
  ComparedScore,
  ComparisonRecord,
  PairedDifference,
  Spread,
} from './comparisonRecord.ts';
export { comparisonPage } from './comparison/comparisonPage.ts';
export { runPage } from './run/runPage.ts';
export type {
  BackendRecord,
  ClassRecord,
  ClassReportRecord,
  MetricsRecord,
  PlanRecord,
  RunConfigRecord,
  RunRecords,
  RunSummaryRecord,
  ScheduleRecord,
  SpendingRecord,
} from './runRecords.ts';
