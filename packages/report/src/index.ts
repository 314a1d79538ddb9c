export type {
  ComparedRow,
  ComparedRun,
  ComparisonRecord,
  PairedDifference,
  Spread,
} from './comparisonRecord.ts';
