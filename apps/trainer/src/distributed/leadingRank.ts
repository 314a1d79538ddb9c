import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { StartedBackend } from '@dpquant/backends';
import type { Batch, Dataset } from '@dpquant/data';
import {
  agreeOnSetting,
  DistributedSource,
  giveOrder,
  RankError,
  type Communicator,
  type RankMember,
} from '@dpquant/distributed';
import type { ModelLoss } from '@dpquant/gradients';
import type { PlanData } from '@dpquant/mechanisms';
import { defaultPhysicalBatchSize, localSource, type GradientSource } from '@dpquant/training';
import type { RunConfig } from '../run/runRecords.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { UsageError } from '../flags/usageError.ts';
import { DataHash } from './dataHash.ts';
import { rankLines, shareLine } from './rankMessages.ts';
import { rankFacts, type RunSetting } from './runSetting.ts';

/** What is read before the ranks have agreed may take longer than a step. */
const readingTimes = 10;

export interface LeadingRankOptions {
  readonly communicator: Communicator;
  /** Threads of this rank. */
  readonly threads: number;
  /** Flags that were given, which all ranks have to be given. */
  readonly given: Readonly<Record<string, unknown>>;
  readonly limitSeconds: number;
}

/** Rank 0 of a run of several: it has the run; the others compute their parts of the steps. */
export class LeadingRank {
  readonly #options: LeadingRankOptions;
  readonly #key = globalThis.crypto.randomUUID();
  #setting: RunSetting | null = null;
  #hash: DataHash | null = null;
  #members: RankMember[] = [];
  #source: DistributedSource | null = null;

  constructor(options: LeadingRankOptions) {
    this.#options = options;
  }

  get threads(): number {
    return this.#options.threads;
  }

  /** Tells the others what to prepare, while this rank looks through the data itself. */
  async begin(
    config: RunSetting['config'] & { readonly plan: PlanData },
    model: LayersModel,
    dataset: Dataset,
  ): Promise<void> {
    const { options, start, backend, plan } = config;
    this.#setting = {
      config: { options, start, ...(backend && { backend }) },
      physicalBatchSize: this.#sizeOfParts(options, plan, model),
      key: this.#key,
    };
    this.#hash = new DataHash(this.#key, dataset);
    const { communicator } = this.#options;
    await giveOrder(communicator, { kind: 'setting', setting: this.#setting });
  }

  /** Takes note of examples as they are read. */
  readonly onBatch = (batch: Batch): void => this.#hash?.add(batch);

  /**
   * Waits for the others, and says who takes part.
   *
   * @throws UsageError that names a rank which cannot take part, or has other data or another model
   */
  async agree(
    model: LayersModel,
    backend: Pick<StartedBackend, 'name' | 'device'>,
    terminal: Terminal,
  ): Promise<void> {
    const { communicator, given, limitSeconds } = this.#options;
    const own = rankFacts(model, backend, given, this.#hash!.digest());
    if (communicator.size > 1) terminal.show('Waiting for the other ranks …');
    const waiting = { limitSeconds: readingTimes * limitSeconds };
    try {
      this.#members = await agreeOnSetting(communicator, own, waiting);
    } catch (error) {
      throw error instanceof RankError ? new UsageError(error.message) : error;
    }
    for (const line of rankLines(this.#members, communicator.engine)) terminal.say(line);
  }

  /** Computes with all ranks. */
  sourceOf(model: LayersModel, training: Dataset, loss: ModelLoss): GradientSource {
    const { communicator, limitSeconds } = this.#options;
    this.#source = new DistributedSource({
      ...{ communicator, members: this.#members, model, limitSeconds },
      source: localSource({ model, training, loss }),
      physicalBatchSize: this.#setting!.physicalBatchSize,
    });
    return this.#source;
  }

  /** Says which part of the examples each rank had, and what joining them took. */
  report(terminal: Terminal): void {
    if (!this.#source) return;
    const { shares, times } = this.#source;
    terminal.say(shareLine(this.#members, shares, times));
  }

  /** Says what has gone wrong where `end` will end this process too, before anybody else can. */
  sayIfLast({ message }: Error, terminal: Terminal): void {
    if (this.#source?.isCutOff) terminal.say(`dpquant: ${message}`);
  }

  /** Lets the others end; in the midst of a step it ends them. */
  async end(exitCode: number): Promise<void> {
    const { communicator } = this.#options;
    if (this.#source) await this.#source.end(exitCode);
    else await giveOrder(communicator, { kind: 'end' });
    await communicator.close();
  }

  /** As that of a whole run, of the examples that a part is expected to have. */
  #sizeOfParts(
    { physicalBatchSize, views }: RunConfig['options'],
    { unitCount, sampleRate }: PlanData,
    model: LayersModel,
  ): number {
    const draw = { unitCount, sampleRate: sampleRate / this.#options.communicator.size };
    return physicalBatchSize ?? defaultPhysicalBatchSize(model, draw, views);
  }
}
