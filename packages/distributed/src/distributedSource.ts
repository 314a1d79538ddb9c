import type * as tfl from '@tensorflow/tfjs-layers';
import type {
  FoundSums,
  GradientSource,
  LossRequest,
  ProbeRequest,
  StepAnswer,
  StepRequest,
} from '@dpquant/training';
import { SilentRanksError, type Communicator } from './communicator.ts';
import { Stopwatch, type EngineTimes } from './engineTimes.ts';
import { joinLosses, joinProbes, joinSteps } from './joinedAnswers.ts';
import { readWeights, weightsBuffer, type WeightsPart } from './modelWeights.ts';
import { computeOwnPart, type OwnPart } from './ownPart.ts';
import { pack, unpack } from './packed.ts';
import { RankError } from './rankError.ts';
import type {
  LossContent,
  ProbeContent,
  RankAnswer,
  RankRequest,
  SumContent,
} from './rankMessages.ts';
import { joinedSums, rowCount, separateSums } from './requestParts.ts';
import { giveOrder, type RankMember } from './settingOfRun.ts';
import { cutUnits, MeasuredSpeeds } from './shares.ts';

export interface DistributedSourceOptions {
  readonly communicator: Communicator;
  /** All ranks, as `agreeOnSetting` gives them. */
  readonly members: readonly RankMember[];
  /** Computes the part of rank 0. */
  readonly source: GradientSource;
  /** The trainer's model, which is that of `source`: its weights are handed to the others. */
  readonly model: tfl.LayersModel;
  /** Examples at a time in the part of one rank: fewer than those of a run on one machine. */
  readonly physicalBatchSize: number;
  /** Seconds to wait for other ranks after rank 0 has done its own part. Default: no limit. */
  readonly limitSeconds?: number | undefined;
}

/**
 * Answers the trainer on rank 0 with the help of all other ranks, which run `answerRequests`: each
 * computes a part of the units, by its measured speed, and the sums are added up. With exact sums
 * (`SumArithmetic`) these have the same bits on any number of ranks; without clipping they are real
 * values, and differ by rounding.
 *
 * Its methods reject with RankError where another rank fails, does not answer in time, or answers
 * something else than it was asked. The job is over then: `end` tells the others.
 */
export class DistributedSource implements GradientSource {
  readonly #options: DistributedSourceOptions;
  readonly #speeds: MeasuredSpeeds;
  readonly #stopwatch = new Stopwatch();
  /** Of the weights that the others have. */
  #weightsVersion: number | null = null;
  #buffer: Float32Array | null = null;
  #isCutOff = false;

  constructor(options: DistributedSourceOptions) {
    this.#options = options;
    this.#speeds = new MeasuredSpeeds(options.communicator.size);
  }

  /** Where the time of all requests went. */
  get times(): EngineTimes {
    return this.#stopwatch.times;
  }

  /** The part of the examples that each rank is given, by speed alone; adds up to 1. */
  get shares(): readonly number[] {
    return this.#speeds.shares;
  }

  /** Whether answers are on their way that nobody waits for any more: `end` will end all ranks. */
  get isCutOff(): boolean {
    return this.#isCutOff;
  }

  async probe(request: ProbeRequest): Promise<FoundSums | null> {
    const { contents } = await this.#ask({ kind: 'probe', request });
    return joinProbes(request, contents as ProbeContent[]);
  }

  async sum(request: StepRequest, signal?: AbortSignal): Promise<StepAnswer> {
    return this.#stopwatch.whole(async () => {
      const units = request.rows.length / request.rowsPerUnit;
      const cuts = cutUnits(units, this.#speeds.speeds);
      const weights = this.#newWeights(request.weightsVersion);
      const asked = { kind: 'sum', request, cuts, weights } as const;
      const { seconds, own, ...found } = await this.#ask(asked, signal);
      const contents = found.contents as SumContent[];
      const lengths = own.sums!.map(({ length }) => length);
      this.#requireAlike(contents, lengths, cuts);
      seconds.forEach((each, rank) => {
        const computed = withPadding(cuts[rank + 1]! - cuts[rank]!, this.#unitsInBatch(request));
        this.#speeds.add(rank, computed, each);
      });
      const joined = joinedSums({ sums: own.sums! }, request);
      const { communicator } = this.#options;
      await giveOrder(communicator, { kind: 'add' });
      await communicator.reduce(joined);
      return joinSteps(contents, separateSums(joined, lengths));
    });
  }

  async losses(request: LossRequest, signal?: AbortSignal): Promise<readonly Float64Array[]> {
    return this.#stopwatch.whole(async () => {
      const cuts = cutUnits(rowCount(request), this.#speeds.speeds);
      const weights = this.#newWeights(request.weightsVersion);
      const asked = { kind: 'losses', request, cuts, weights } as const;
      const { contents } = await this.#ask(asked, signal);
      return joinLosses(request, contents as LossContent[]);
    });
  }

  /**
   * Tells the other ranks that the run is over, so that they end too. Where answers are still on
   * their way, all processes are ended.
   *
   * @param exitCode of the processes, where they have to be ended
   */
  async end(exitCode: number): Promise<void> {
    const { communicator } = this.#options;
    if (this.#isCutOff) communicator.abort(exitCode);
    else await giveOrder(communicator, { kind: 'end' });
  }

  /** Asks all ranks, computes the own part, and waits for the others. */
  async #ask(
    asked: RankRequest,
    signal?: AbortSignal,
  ): Promise<{ contents: unknown[]; seconds: number[]; own: OwnPart }> {
    const { communicator, source, physicalBatchSize, limitSeconds, members } = this.#options;
    signal?.throwIfAborted();
    await giveOrder(communicator, asked);
    this.#isCutOff = true;
    if (asked.kind !== 'probe' && asked.weights) await this.#handOver(asked.weights);
    const start = performance.now();
    const setting = { rank: 0, source, physicalBatchSize };
    const own = await this.#stopwatch.computing(() => computeOwnPart(asked, setting, signal));
    const mine = { content: own.content, seconds: (performance.now() - start) / 1000 };
    const waiting = { limitSeconds, signal };
    const answers = await this.#stopwatch.waiting(async () => {
      try {
        return (await communicator.gather(pack(mine), waiting))!;
      } catch (error) {
        throw error instanceof SilentRanksError ? silence(error, members) : error;
      }
    });
    this.#isCutOff = false;
    const contents: unknown[] = [];
    const seconds: number[] = [];
    for (const [rank, bytes] of answers.entries()) {
      const answer = unpack(bytes) as RankAnswer;
      if ('error' in answer) throw new RankError([members[rank]!], answer.error);
      contents.push(answer.content);
      seconds.push(answer.seconds);
    }
    return { contents, seconds, own };
  }

  #unitsInBatch({ rowsPerUnit }: StepRequest): number {
    return Math.max(1, Math.floor(this.#options.physicalBatchSize / rowsPerUnit));
  }

  /** What of the weights the others lack: nothing, what is trained, or at first everything. */
  #newWeights(version: number): WeightsPart | null {
    const known = this.#weightsVersion;
    this.#weightsVersion = version;
    return known === null ? 'all' : known === version ? null : 'trainable';
  }

  async #handOver(part: WeightsPart): Promise<void> {
    const { model, communicator } = this.#options;
    const buffer = (part === 'all' ? null : this.#buffer) ?? weightsBuffer(model, part);
    if (part === 'trainable') this.#buffer = buffer;
    await readWeights(model, part, buffer);
    await communicator.broadcastValues(buffer);
  }

  /** Only sums of the same weights, on the same grid, of the units asked for, may be added up. */
  #requireAlike(
    contents: readonly SumContent[],
    lengths: readonly number[],
    cuts: readonly number[],
  ): void {
    const [{ gridUnit, sensitivity }] = contents as [SumContent];
    for (const [rank, content] of contents.entries()) {
      const expected = [lengths.join(', '), gridUnit, sensitivity, cuts[rank + 1]! - cuts[rank]!];
      const { norms } = content;
      const found = [
        content.lengths.join(', '),
        ...[content.gridUnit, content.sensitivity, norms.length],
      ];
      const names = ['sums of so many values', 'the grid unit', 'the sensitivity', 'units'];
      const place = names.findIndex((_, i) => expected[i] !== found[i]);
      if (place === -1) continue;
      throw new RankError(
        [this.#options.members[rank]!],
        // How many units were drawn is private.
        place === 3
          ? 'answered for another number of units than it was asked for; start all ranks with the same release'
          : `expected ${names[place]} to be ${expected[place]}, got ${found[place]}; start all ranks with the same ` +
              'release and model',
      );
    }
  }
}

/** Units that are computed, padding included: of few units it is most, and takes as long. */
function withPadding(units: number, inBatch: number): number {
  return Math.ceil(units / inBatch) * inBatch;
}

function silence({ ranks, seconds }: SilentRanksError, members: readonly RankMember[]): RankError {
  return new RankError(
    ranks.map((rank) => members[rank]!),
    `no answer for ${seconds} s after rank 0 had done its own part; look at that machine, or give a rank more time ` +
      'by --rank-timeout, and go on with --resume',
  );
}
