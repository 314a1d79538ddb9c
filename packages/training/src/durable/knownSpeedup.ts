import {
  defaultFormatSpeedups,
  theoreticalSpeedup,
  type ScheduleRecord,
} from '@dpquant/scheduling';

/**
 * The theoretical speed-up of a run; null if the speed-up of one of its formats is not known.
 *
 * @param formatSpeedups speed-ups of the run's formats; by default those of the built-in formats
 */
export function knownSpeedup(
  record: ScheduleRecord,
  formatSpeedups: ReadonlyMap<string, number> = defaultFormatSpeedups,
): number | null {
  const used = record.assignments.flatMap((assignment) => [...assignment.values()]);
  const isKnown = (format: string) => format === 'float32' || formatSpeedups.has(format);
  return used.every(isKnown) ? theoreticalSpeedup({ ...record, formatSpeedups }) : null;
}
