import type { ResolvedOptions } from './checkRun.ts';
import type { SumArithmetic } from './source/gradientSource.ts';
import { nextWeightsVersion } from './source/weightsVersion.ts';

type ProbedOptions = Pick<
  ResolvedOptions,
  'source' | 'plan' | 'physicalBatchSize' | 'rowsPerUnit' | 'clipping' | 'callbacks'
>;

/**
 * Asks the source whether sums are exact, once for each format and before anything is charged in
 * it. Keeps the worst answer: once a run has summed with float rounding, its result stays `float`.
 */
export class SumsProbe {
  readonly #options: ProbedOptions;
  /** Formats in which the answer is known. */
  readonly #formats = new Set<string>();
  #arithmetic: SumArithmetic | null = null;

  constructor(options: ProbedOptions) {
    this.#options = options;
  }

  /** The worst answer so far; null before the first one. */
  get arithmetic(): SumArithmetic | null {
    return this.#arithmetic;
  }

  /** Continues from the answer of an earlier part of the run; this part is still probed. */
  restore(arithmetic: SumArithmetic | null): void {
    this.#arithmetic = arithmetic;
  }

  /**
   * Probes the formats that are not known yet. Without clipping nothing is asked: sums are then
   * float32.
   */
  async probe(formats: Iterable<string>): Promise<void> {
    const { source, plan, physicalBatchSize, rowsPerUnit, clipping, callbacks } = this.#options;
    const { clipNorm } = plan;
    if (clipNorm === Infinity) {
      this.#arithmetic = 'float';
      return;
    }
    const unknown = [...new Set(formats)].filter((format) => !this.#formats.has(format));
    if (unknown.length === 0) return;
    const found = await source.probe({
      formats: unknown,
      model: null,
      sums: {
        ...{ weightsVersion: nextWeightsVersion(), physicalBatchSize, rowsPerUnit },
        clipping: { rule: clipping, clipNorm },
      },
    });
    for (const format of unknown) this.#formats.add(format);
    const before = this.#arithmetic;
    // A source that does not answer counts as not exact.
    this.#arithmetic = before === 'float' ? before : (found?.arithmetic ?? 'float');
    await callbacks?.onProbe?.({ arithmetic: this.#arithmetic, before, found });
  }
}
