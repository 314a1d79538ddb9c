import type { FoundSums, LossRequest, ProbeRequest, StepAnswer } from '@dpquant/training';
import type { LossContent, ProbeContent, SumContent } from './rankMessages.ts';

/** The answer for a step, of what all ranks tell of their parts, in order. */
export function joinSteps(contents: readonly SumContent[], sums: StepAnswer['sums']): StepAnswer {
  const total = (of: (content: SumContent) => number) =>
    contents.reduce((sum, content) => sum + of(content), 0);
  const [{ gridUnit, sensitivity }] = contents as [SumContent];
  return {
    sums,
    gridUnit,
    sensitivity,
    unclippedCount: total(({ unclippedCount }) => unclippedCount),
    unsafe: {
      lossSum: total(({ lossSum }) => lossSum),
      clippedCount: total(({ clippedCount }) => clippedCount),
      norms: concatenated(contents.map(({ norms }) => norms)),
    },
  };
}

/** For each assignment the losses of all rows, of those of the ranks' rows, in order. */
export function joinLosses(
  { assignments }: Pick<LossRequest, 'assignments'>,
  contents: readonly LossContent[],
): Float64Array[] {
  return assignments.map((_, i) => concatenated(contents.map((lists) => lists[i]!)));
}

/** The worst that any rank has found. */
export function joinProbes(
  { sums }: Pick<ProbeRequest, 'sums'>,
  contents: readonly ProbeContent[],
): FoundSums | null {
  if (!sums) return null;
  const worst = contents.findIndex((found) => found?.arithmetic !== 'exact');
  if (worst === -1) return { arithmetic: 'exact' };
  const { reason = 'it does not say more', format } = contents[worst] ?? {};
  return {
    arithmetic: 'float',
    reason: `on rank ${worst}: ${reason}`,
    ...(format !== undefined && { format }),
  };
}

function concatenated(lists: readonly Float64Array[]): Float64Array {
  const joined = new Float64Array(lists.reduce((sum, { length }) => sum + length, 0));
  let offset = 0;
  for (const list of lists) {
    joined.set(list, offset);
    offset += list.length;
  }
  return joined;
}
