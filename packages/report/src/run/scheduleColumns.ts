import type { ScheduleRecord } from '../runRecords.ts';

/** Limits of a heat map. */
const mostCells = 2000;
const mostColumns = 120;
const mostLayers = 250;

/** The records of a schedule as the columns of a heat map. */
export interface ScheduleColumns {
  readonly records: readonly ScheduleRecord[];
  readonly labels: readonly string[];
  readonly layers: readonly string[];
  readonly xLabel: string;
  /** A sentence about what is left out. */
  readonly omitted: string;
}

/**
 * Columns by epoch, or by the first step of each decision within an epoch. Of a long run only every
 * n-th is shown, so that the page stays small and columns can be distinguished.
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

/** Steps are shown from 1, like epochs. */
function stepText(step: number | undefined): string {
  return step === undefined ? '?' : String(step + 1);
}
