import type { MpiLibrary } from './mpiLibrary.ts';
import { MpiUnavailableError } from './mpiUnavailableError.ts';

/** What the library's calls take. */
export interface MpiHandles {
  readonly world: unknown;
  readonly byte: unknown;
  readonly int32: unknown;
  readonly float64: unknown;
  readonly sum: unknown;
}

/**
 * Numbers that Open MPI's Fortran interface has for what its C interface has macros for; held by
 * the check at the start.
 */
const numbers = { world: 0, byte: 1, int32: 7, float64: 17, sum: 3 } as const;

export function mpiHandles(library: MpiLibrary): MpiHandles {
  const { typeHandle } = library;
  return {
    world: library.communicatorHandle(numbers.world),
    byte: typeHandle(numbers.byte),
    int32: typeHandle(numbers.int32),
    float64: typeHandle(numbers.float64),
    sum: library.operationHandle(numbers.sum),
  };
}

/** Bytes of a value of each type. */
const sizes = { byte: 1, int32: 4, float64: 8 } as const;

/** @throws MpiUnavailableError where a number is that of another type */
export function requireTypes(library: MpiLibrary, handles: MpiHandles): void {
  for (const [name, size] of Object.entries(sizes)) {
    const found = new Int32Array(new ArrayBuffer(4));
    library.typeSize(handles[name as keyof typeof sizes], found);
    if (found[0] !== size) throw unknownNumbers(library.version);
  }
}

export function unknownNumbers(version: string): MpiUnavailableError {
  return new MpiUnavailableError(
    `${version}: a sum of known values came out wrong, so that its numbers of types and sums are not those of Open ` +
      'MPI 4 and 5; install one of these',
  );
}
