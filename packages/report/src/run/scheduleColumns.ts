import type { ScheduleRecord } from '../runRecords.ts';

/** What a heat map has room for. */
const mostCells = 2000;
const mostColumns = 120;
const mostLayers = 250;

/** The records of a schedule as the columns of a heat map. */
export interface ScheduleColumns {
  readonly records: readonly ScheduleRecord[];
  readonly labels: readonly string[];
  readonly layers: readonly string[];
  readonly xLabel: string;
  /** What is left out, in words. */
  readonly omitted: string;
}

/**
 * Columns by epoch, or by the first step of each part of an epoch. Of a long run every so many-th
 * is taken, so that the page stays small and its columns can be told apart.
 */
export function scheduleColumns(schedule: readonly ScheduleRecord[]): ScheduleColumns {
  const allLayers = [...new Set(schedule.flatMap(({ layers }) => Object.keys(layers)))];
  const layers = allLayers.slice(0, mostLayers);
  const most = Math.max(4, Math.min(mostColumns, Math.floor(mostCells / (layers.length || 1))));
  const stride = Math.ceil(schedule.length / most) || 1;
  const records = schedule.filter((_, i) => i % stride === 0);
  const isBySteps = new Set(schedule.map(({ epoch }) => epoch)).size < schedule.length;
  const what = isBySteps ? 'part' : 'epoch';
  return {
    records,
    layers,
    labels: records.map(({ epoch, step }) => (isBySteps ? stepText(step) : String(epoch + 1))),
    xLabel: isBySteps ? 'from step' : 'epoch',
    omitted:
      (stride === 1 ? '' : ` Of ${schedule.length} ${what}s one in ${stride} is shown.`) +
      (layers.length === allLayers.length
        ? ''
        : ` Of ${allLayers.length} layers the first ${layers.length} are shown.`),
  };
}

/** Steps count from 1 for people, as epochs do. */
function stepText(step: number | undefined): string {
  return step === undefined ? '?' : String(step + 1);
}
