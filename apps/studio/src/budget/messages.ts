/** Privacy settings; the one that `wanted` names is computed from the others. */
export interface BudgetQuestion {
  readonly wanted: 'epsilon' | 'noiseMultiplier' | 'steps';
  readonly epsilon: number;
  readonly delta: number;
  readonly noiseMultiplier: number;
  readonly steps: number;
  /** Probability with which a step draws each example. */
  readonly sampleRate: number;
}

export interface BudgetAnswer {
  /** All four, with the wanted one found. */
  readonly values: BudgetQuestion;
  /** ε over steps. */
  readonly overSteps: readonly { readonly steps: number; readonly epsilon: number }[];
  /** δ over ε, of all steps. */
  readonly overEpsilon: readonly { readonly epsilon: number; readonly delta: number }[];
}

/** What some ledgers of the same data have spent. */
export interface LedgerSpending {
  readonly name: string;
  readonly epsilon: number;
  readonly hasGuarantee: boolean;
}

export type BudgetRequest =
  | { readonly id: number; readonly kind: 'budget'; readonly question: BudgetQuestion }
  | {
      readonly id: number;
      readonly kind: 'ledgers';
      readonly delta: number;
      readonly ledgers: readonly { readonly name: string; readonly text: string }[];
    };

export type BudgetMessage =
  | { readonly id: number; readonly kind: 'budget'; readonly answer: BudgetAnswer }
  | {
      readonly id: number;
      readonly kind: 'ledgers';
      readonly each: readonly LedgerSpending[];
      /** Of all together. */
      readonly total: number;
    }
  | { readonly id: number; readonly kind: 'failed'; readonly message: string };
