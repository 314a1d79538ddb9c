import type { FoundSums, LossRequest, ProbeRequest, StepRequest } from '@dpquant/training';
import type { WeightsPart } from './modelWeights.ts';

/** What rank 0 asks of all ranks, itself included. */
export type RankRequest =
  | { readonly kind: 'probe'; readonly request: ProbeRequest }
  | {
      readonly kind: 'sum';
      readonly request: StepRequest;
      /** Where the units of each rank begin, and the last one's end. */
      readonly cuts: readonly number[];
      /** Weights that follow; null where they are known. */
      readonly weights: WeightsPart | null;
    }
  | {
      readonly kind: 'losses';
      readonly request: LossRequest;
      /** Where the rows of each rank begin, all groups one after the other. */
      readonly cuts: readonly number[];
      readonly weights: WeightsPart | null;
    };

/** All that rank 0 says. */
export type RankOrder =
  | { readonly kind: 'setting'; readonly setting: unknown }
  | RankRequest
  /** After the answers to `sum`: the sums are to be added up. */
  | { readonly kind: 'add' }
  | { readonly kind: 'end' };

/** What a rank says of its part, before anything is added up. */
export type RankAnswer =
  | { readonly content: unknown; readonly seconds: number }
  /** What went wrong there. */
  | { readonly error: string };

/** Of its part of a step, all but the sums. */
export interface SumContent {
  /** Number of values of each weight's sum. */
  readonly lengths: readonly number[];
  readonly gridUnit: number;
  readonly sensitivity: number;
  readonly unclippedCount: number;
  readonly lossSum: number;
  readonly clippedCount: number;
  readonly norms: Float64Array;
}

export type LossContent = readonly Float64Array[];
export type ProbeContent = FoundSums | null;
