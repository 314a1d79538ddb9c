import { setTimeout } from 'node:timers/promises';
import type { Communicator, Waiting } from '../communicator.ts';
import { waitFor } from '../idleWait.ts';
import { mpiHandles, requireTypes, unknownNumbers, type MpiHandles } from './handles.ts';
import { loadMpiLibrary, type BlockingCall, type MpiLibrary } from './mpiLibrary.ts';
import { MpiUnavailableError } from './mpiUnavailableError.ts';
import { sumsAreRight } from './startCheck.ts';

/** `MPI_THREAD_SERIALIZED`: calls from any thread, one at a time. */
const serialized = 2;
/** `MPI_IN_PLACE` of Open MPI. */
const inPlace = 1n;
/** More than `MPI_Status` of any release has. */
const statusBytes = 64;
const tags = { announcement: 1, answer: 2 } as const;
/** Values that one call takes: their number is an int32. */
const mostValues = 2 ** 30;
/** Seconds for the last barrier, which ranks that have died do not reach. */
const closingLimit = 30;

export interface OpenMpiOptions {
  /** Path of the library. Default: `DPQUANT_MPI_LIBRARY`, else the system's. */
  readonly libraryPath?: string;
  /**
   * Seconds that the sending of weights or the adding of sums may take, once all are ready for it.
   * Default: no limit.
   */
  readonly limitSeconds?: number | undefined;
}

/**
 * Joins the ranks that `mpirun` has started this process with. Once in a process, before anything
 * else of MPI; calls of one rank follow each other.
 *
 * @throws MpiUnavailableError where koffi or Open MPI is missing, the library is another one, or
 *   does not add up as it should
 */
export async function connectOpenMpi(options: OpenMpiOptions = {}): Promise<Communicator> {
  const library = await loadMpiLibrary(options.libraryPath);
  const provided = number();
  requireSuccess(library.initThread(serialized, provided), 'MPI_Init_thread');
  const handles = mpiHandles(library);
  requireTypes(library, handles);
  const communicator = new OpenMpi(library, handles, options.limitSeconds);
  if (provided[0]! < serialized) {
    throw new MpiUnavailableError(
      `${library.version}: was built without support for threads; install a build that has it, as Debian's`,
    );
  }
  if (await sumsAreRight(communicator)) return communicator;
  throw unknownNumbers(library.version);
}

class OpenMpi implements Communicator {
  readonly rank: number;
  readonly size: number;
  readonly engine: string;
  readonly #library: MpiLibrary;
  readonly #handles: MpiHandles;
  readonly #limitSeconds: number | undefined;

  constructor(library: MpiLibrary, handles: MpiHandles, limitSeconds: number | undefined) {
    this.#library = library;
    this.#handles = handles;
    this.#limitSeconds = limitSeconds;
    const found = number();
    requireSuccess(library.rank(handles.world, found), 'MPI_Comm_rank');
    this.rank = found[0]!;
    requireSuccess(library.size(handles.world, found), 'MPI_Comm_size');
    this.size = found[0]!;
    this.engine = library.version.split(',')[0]!;
  }

  async broadcast(message: Uint8Array | null, waiting?: Waiting): Promise<Uint8Array> {
    const bytes =
      this.rank === 0
        ? await this.#announce(message!)
        : room(await this.#announcedLength(waiting ?? {}));
    await this.#broadcast(bytes);
    return bytes;
  }

  async broadcastValues(values: Float32Array): Promise<void> {
    await this.#broadcast(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  }

  async gather(message: Uint8Array, waiting: Waiting = {}): Promise<Uint8Array[] | null> {
    const { byte, world } = this.#handles;
    if (this.rank > 0) {
      const bytes = copied(message);
      const sent = this.#library.send(bytes, bytes.length, byte, 0, tags.answer, world);
      requireSuccess(await sent, 'MPI_Send');
      return null;
    }
    const answers = new Map<number, Uint8Array>([[0, message]]);
    const missing = () => this.#others().filter((rank) => !answers.has(rank));
    while (missing().length > 0) {
      const found = await waitFor(() => this.#firstMessage(missing()), missing, waiting);
      answers.set(found.rank, await this.#receive(found.rank, tags.answer, found.length));
    }
    return Array.from({ length: this.size }, (_, rank) => answers.get(rank)!);
  }

  async reduce(values: Int32Array | Float64Array): Promise<void> {
    const { int32, float64, sum, world } = this.#handles;
    const type = values instanceof Int32Array ? int32 : float64;
    for (let start = 0; start < values.length; start += mostValues) {
      // A view has its values where they do not move.
      const part = values.subarray(start, start + mostValues);
      const [given, found] = this.rank === 0 ? [inPlace, part] : [part, null];
      await this.#together(this.#library.reduce, 'MPI_Reduce', [
        ...[given, found, part.length, type, sum, 0, world],
      ]);
    }
  }

  abort(exitCode: number): void {
    this.#library.abort(this.#handles.world, exitCode);
    // Where the launcher does not end this process at once.
    process.exit(exitCode);
  }

  async close(): Promise<void> {
    const limit = Math.min(closingLimit, this.#limitSeconds ?? closingLimit);
    await this.#together(this.#library.barrier, 'MPI_Barrier', [this.#handles.world], limit);
    requireSuccess(this.#library.finalize(), 'MPI_Finalize');
  }

  #others(): number[] {
    return Array.from({ length: this.size - 1 }, (_, i) => i + 1);
  }

  /** Says how long the next broadcast is, to each other rank: they look for it once in a while. */
  async #announce(message: Uint8Array): Promise<Uint8Array> {
    const { byte, world } = this.#handles;
    const length = new Uint8Array(Float64Array.of(message.length).buffer);
    for (const rank of this.#others()) {
      const sent = this.#library.send(length, length.length, byte, rank, tags.announcement, world);
      requireSuccess(await sent, 'MPI_Send');
    }
    return copied(message);
  }

  async #announcedLength(waiting: Waiting): Promise<number> {
    const look = () => this.#messageOf(0, tags.announcement);
    const length = await waitFor(look, () => [0], waiting);
    const bytes = await this.#receive(0, tags.announcement, length);
    return new Float64Array(bytes.buffer)[0]!;
  }

  #firstMessage(ranks: readonly number[]): { rank: number; length: number } | null {
    for (const rank of ranks) {
      const length = this.#messageOf(rank, tags.answer);
      if (length !== null) return { rank, length };
    }
    return null;
  }

  /** The number of bytes of the next message of a rank; null where there is none yet. */
  #messageOf(rank: number, tag: number): number | null {
    const { world, byte } = this.#handles;
    const flag = number();
    const status = room(statusBytes);
    requireSuccess(this.#library.probe(rank, tag, world, flag, status), 'MPI_Iprobe');
    if (flag[0] === 0) return null;
    requireSuccess(this.#library.count(status, byte, flag), 'MPI_Get_count');
    return flag[0]!;
  }

  async #receive(rank: number, tag: number, length: number): Promise<Uint8Array> {
    const { world, byte } = this.#handles;
    const bytes = room(length);
    const status = room(statusBytes);
    const received = this.#library.receive(bytes, length, byte, rank, tag, world, status);
    requireSuccess(await received, 'MPI_Recv');
    return bytes;
  }

  async #broadcast(bytes: Uint8Array): Promise<void> {
    const { byte, world } = this.#handles;
    for (let start = 0; start < bytes.length; start += mostValues) {
      const part = bytes.subarray(start, start + mostValues);
      const values = [part, part.length, byte, 0, world];
      await this.#together(this.#library.broadcast, 'MPI_Bcast', values);
    }
  }

  /** What all ranks do at the same time. */
  async #together(
    call: BlockingCall,
    name: string,
    values: readonly unknown[],
    limit = this.#limitSeconds,
  ): Promise<void> {
    const done = call(...values);
    if (limit === undefined) {
      requireSuccess(await done, name);
      return;
    }
    const end = new AbortController();
    const tooLong = setTimeout(1000 * limit, null, { signal: end.signal });
    tooLong.catch(() => undefined);
    const result = await Promise.race([done, tooLong]);
    end.abort();
    if (result === null)
      throw new Error(
        `${name}: not all ranks took part within ${limit} s; one of the machines or the network between them hangs: look ` +
          'at them, or give more time by --rank-timeout, and go on with --resume',
      );
    requireSuccess(result, name);
  }
}

/** One int32, which does not move in memory. */
function number(): Int32Array {
  return new Int32Array(new ArrayBuffer(4));
}

/** Bytes that do not move in memory. */
function room(length: number): Uint8Array {
  return new Uint8Array(new ArrayBuffer(length));
}

function copied(bytes: Uint8Array): Uint8Array {
  const copy = room(bytes.length);
  copy.set(bytes);
  return copy;
}

function requireSuccess(code: number, name: string): void {
  if (code === 0) return;
  throw new Error(`${name}: Open MPI reports error ${code}; its own message says more`);
}
