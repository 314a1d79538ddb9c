import type { GradientSource, StepAnswer, StepRequest } from '@dpquant/training';
import type { RankAnswer, RankRequest, SumContent } from './rankMessages.ts';
import { partOfLosses, partOfStep } from './requestParts.ts';

/** What a rank computes of a request, and with what. */
export interface PartSetting {
  readonly rank: number;
  /** Computes in this process. */
  readonly source: GradientSource;
  /** Examples at a time in the part of one rank. */
  readonly physicalBatchSize: number;
}

/** A rank's part of a request: what it tells, and for a step its sums. */
export interface OwnPart {
  readonly content: unknown;
  readonly sums: StepAnswer['sums'] | null;
}

/** Computes the part of this rank. */
export async function computeOwnPart(
  asked: RankRequest,
  { rank, source, physicalBatchSize }: PartSetting,
  signal?: AbortSignal,
): Promise<OwnPart> {
  if (asked.kind === 'probe') {
    const request = atSize(asked.request, physicalBatchSize);
    return { content: await source.probe(request), sums: null };
  }
  const [start, end] = [asked.cuts[rank]!, asked.cuts[rank + 1]!];
  if (asked.kind === 'losses') {
    const request = { ...partOfLosses(asked.request, start, end), physicalBatchSize };
    return { content: await source.losses(request, signal), sums: null };
  }
  const part: StepRequest = partOfStep(asked.request, start, end, physicalBatchSize);
  const answer = await source.sum(part, signal);
  return { content: contentOf(answer), sums: answer.sums };
}

/** A probe is of what is computed: of the physical batches of a part. */
function atSize(
  request: Extract<RankRequest, { kind: 'probe' }>['request'],
  physicalBatchSize: number,
): Extract<RankRequest, { kind: 'probe' }>['request'] {
  const { model, sums } = request;
  return {
    ...request,
    model: model && { ...model, physicalBatchSize },
    sums: sums && { ...sums, physicalBatchSize },
  };
}

function contentOf({ sums, gridUnit, sensitivity, unclippedCount, unsafe }: StepAnswer) {
  const lengths = sums.map(({ length }) => length);
  return { lengths, gridUnit, sensitivity, unclippedCount, ...unsafe } satisfies SumContent;
}

/** What a rank answers, with the seconds that it took, or what went wrong. */
export async function answerOf(
  work: () => Promise<OwnPart>,
): Promise<{ answer: RankAnswer; sums: StepAnswer['sums'] | null }> {
  const start = performance.now();
  try {
    const { content, sums } = await work();
    return { answer: { content, seconds: (performance.now() - start) / 1000 }, sums };
  } catch (error) {
    return { answer: { error: (error as Error).message }, sums: null };
  }
}
