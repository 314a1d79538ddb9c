import type { LibraryHandle, load } from 'koffi';
import { MpiUnavailableError } from './mpiUnavailableError.ts';

/** The calls that are used; all give 0 where they succeed. */
export interface MpiLibrary {
  /** What the library calls itself. */
  readonly version: string;
  readonly initThread: (level: number, provided: Int32Array) => number;
  readonly rank: (communicator: unknown, rank: Int32Array) => number;
  readonly size: (communicator: unknown, size: Int32Array) => number;
  readonly typeSize: (type: unknown, size: Int32Array) => number;
  readonly communicatorHandle: (number: number) => unknown;
  readonly typeHandle: (number: number) => unknown;
  readonly operationHandle: (number: number) => unknown;
  /** Whether a message is there. */
  readonly probe: (
    ...[source, tag, communicator, flag, status]: [
      ...[source: number, tag: number, communicator: unknown],
      ...[flag: Int32Array, status: Uint8Array],
    ]
  ) => number;
  readonly count: (status: Uint8Array, type: unknown, count: Int32Array) => number;
  readonly send: BlockingCall;
  readonly receive: BlockingCall;
  readonly broadcast: BlockingCall;
  readonly reduce: BlockingCall;
  readonly abort: (communicator: unknown, code: number) => number;
  readonly barrier: BlockingCall;
  /** On the thread that has begun. */
  readonly finalize: () => number;
}

/**
 * A call that waits for other ranks, on another thread meanwhile: timers and signals of this one
 * are heard. No other call may be made until it is done.
 */
export type BlockingCall = (...values: readonly unknown[]) => Promise<number>;

/** Open MPI 4 and 5; those of macOS from Homebrew. */
const defaultName = process.platform === 'darwin' ? 'libmpi.40.dylib' : 'libmpi.so.40';
const pathVariable = 'DPQUANT_MPI_LIBRARY';

const installation =
  'install Open MPI (Debian, Ubuntu: apt-get install openmpi-bin; Fedora: dnf install openmpi; macOS: brew install ' +
  `open-mpi), or name its library by the environment variable ${pathVariable}`;

/**
 * Loads Open MPI through koffi.
 *
 * @param path of the library. Default: the environment variable `DPQUANT_MPI_LIBRARY`, else that of
 *   the system
 * @throws MpiUnavailableError with the remedy, where koffi or the library is missing, or is of
 *   another make
 */
export async function loadMpiLibrary(path?: string): Promise<MpiLibrary> {
  const koffi = await loadKoffi();
  const name = path ?? process.env[pathVariable] ?? defaultName;
  let library: LibraryHandle;
  try {
    // Its parts look for each other's names.
    library = koffi.load(name, { global: true });
  } catch (error) {
    const reason = (error as Error).message.split('\n')[0];
    throw new MpiUnavailableError(
      `Open MPI: ${name} cannot be loaded (${reason}); ${installation}`,
    );
  }
  const version = versionOf(library, name);
  requireOpenMpi(version, name);
  keepLoaded(koffi, name);
  return bound(library, version);
}

/** `RTLD_NOW` of Linux and macOS. */
const loadNow = 2;

/**
 * Opens the library once more, and never closes it: koffi closes it when the process ends, and
 * threads that end afterwards call what they have been told to by it.
 */
function keepLoaded(koffi: Koffi, name: string): void {
  const open = koffi.load(null).func('dlopen', 'void *', ['str', 'int']);
  open(name, loadNow);
}

interface Koffi {
  readonly load: typeof load;
}

async function loadKoffi(): Promise<Koffi> {
  try {
    return await import('koffi');
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    const isMissing = code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND';
    if (!isMissing || !message.includes('koffi')) throw error;
    throw new MpiUnavailableError(
      'koffi, which calls Open MPI, is not installed; run: npm install koffi@3',
    );
  }
}

/** Longer than any version in words. */
const versionBytes = 8192;

function versionOf(library: LibraryHandle, name: string): string {
  const text = new Uint8Array(new ArrayBuffer(versionBytes));
  const length = new Int32Array(new ArrayBuffer(4));
  try {
    const call = library.func('MPI_Get_library_version', 'int', ['void *', 'void *']);
    if ((call as (...values: unknown[]) => number)(text, length) === 0) {
      return new TextDecoder().decode(text.subarray(0, length[0])).replaceAll('\0', '').trim();
    }
  } catch {
    // Said below.
  }
  throw new MpiUnavailableError(`${name} is no MPI library of version 3 or later; ${installation}`);
}

/**
 * Other makes have other numbers for types and operations, and sums would be wrong.
 *
 * @param version what the library calls itself
 * @throws MpiUnavailableError that names the other make
 */
export function requireOpenMpi(version: string, name: string): void {
  const [, release] = /^Open MPI v?(\d+)\./.exec(version) ?? [];
  const make = /MPICH|Intel\(R\) MPI|MVAPICH|Microsoft MPI/i.exec(version)?.[0];
  if (release === '4' || release === '5') return;
  throw new MpiUnavailableError(
    `${name} is ${make ?? 'no Open MPI 4 or 5'} (${version.split('\n')[0]!.slice(0, 80)}), which has other numbers for types and ` +
      `sums; ${installation}`,
  );
}

/** Buffers that the library reads or writes on another thread: they must not be collected. */
const inUse = new Set<readonly unknown[]>();

function bound(library: LibraryHandle, version: string): MpiLibrary {
  const handle = 'void *';
  const buffer = 'void *';
  const now = (name: string, parameters: string[], result = 'int') =>
    library.func(name, result, parameters);
  const later = (name: string, parameters: string[]): BlockingCall => {
    const call = now(name, parameters);
    return (...values) =>
      new Promise((resolve, reject) => {
        inUse.add(values);
        call.async(...values, (error: Error | null, result: number) => {
          inUse.delete(values);
          if (error) reject(error);
          else resolve(result);
        });
      });
  };
  const init = now('MPI_Init_thread', [buffer, buffer, 'int', buffer]);
  return {
    version,
    initThread: (level, provided) => init(null, null, level, provided) as number,
    rank: now('MPI_Comm_rank', [handle, buffer]),
    size: now('MPI_Comm_size', [handle, buffer]),
    typeSize: now('MPI_Type_size', [handle, buffer]),
    communicatorHandle: now('MPI_Comm_f2c', ['int'], handle),
    typeHandle: now('MPI_Type_f2c', ['int'], handle),
    operationHandle: now('MPI_Op_f2c', ['int'], handle),
    probe: now('MPI_Iprobe', ['int', 'int', handle, buffer, buffer]),
    count: now('MPI_Get_count', [buffer, handle, buffer]),
    send: later('MPI_Send', [buffer, 'int', handle, 'int', 'int', handle]),
    receive: later('MPI_Recv', [buffer, 'int', handle, 'int', 'int', handle, buffer]),
    broadcast: later('MPI_Bcast', [buffer, 'int', handle, 'int', handle]),
    reduce: later('MPI_Reduce', [buffer, buffer, 'int', handle, handle, 'int', handle]),
    abort: now('MPI_Abort', [handle, 'int']),
    barrier: later('MPI_Barrier', [handle]),
    finalize: now('MPI_Finalize', []),
  };
}
