import type { ResolvedOptions } from './checkRun.ts';
import type { SumArithmetic } from './source/gradientSource.ts';
import { nextWeightsVersion } from './source/weightsVersion.ts';

type ProbedOptions = Pick<
  ResolvedOptions,
  'source' | 'plan' | 'physicalBatchSize' | 'rowsPerUnit' | 'clipping' | 'callbacks'
>;

/**
 * Asks the source whether sums are exact, once for each format and before anything is charged in
 * it, and remembers the worst answer: what a run has summed in float rounding once stays so.
 */
export class SumsProbe {
  readonly #options: ProbedOptions;
  /** Formats in which the answer is known. */
  readonly #formats = new Set<string>();
  #arithmetic: SumArithmetic | null = null;

  constructor(options: ProbedOptions) {
    this.#options = options;
  }

  /** The worst so far; null where nothing is known yet. */
  get arithmetic(): SumArithmetic | null {
    return this.#arithmetic;
  }

  /**
   * Goes on with what an earlier part of the run had found; this part is to be probed all the same.
   */
  restore(arithmetic: SumArithmetic | null): void {
    this.#arithmetic = arithmetic;
  }

  /** Without clipping nothing is asked: such sums are float32. */
  async look(formats: Iterable<string>): Promise<void> {
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
    // A source that does not say is not believed to be exact.
    this.#arithmetic = before === 'float' ? before : (found?.arithmetic ?? 'float');
    await callbacks?.onProbe?.({ arithmetic: this.#arithmetic, before, found });
  }
}
