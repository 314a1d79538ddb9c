import * as nodeFiles from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import type { FileOperations } from '../durableFile.ts';

/** One operation of a run on the disk, in order, or a note of the observer. */
export type JournalEntry =
  | { readonly did: 'create' | 'remove' | 'make folder' | 'sync' | 'sync folder'; path: string }
  | { readonly did: 'write' | 'append'; readonly path: string; readonly content: Buffer }
  | { readonly did: 'rename'; readonly path: string; readonly from: string }
  | { readonly did: 'show'; readonly what: string };

/**
 * The operations of `node:fs/promises`, each added to `journal` when it is done. Syncs are recorded
 * but not performed, since the simulated disk decides what they mean.
 */
export function journaled(journal: JournalEntry[]): FileOperations {
  return {
    async open(path, flags) {
      const isNew = flags !== 'r' && !(await exists(path));
      const file = await nodeFiles.open(path, flags);
      if (isNew) journal.push({ did: 'create', path });
      return {
        async writeFile(content) {
          await file.writeFile(content);
          journal.push({
            did: flags === 'a' ? 'append' : 'write',
            path,
            content: Buffer.from(content as string),
          });
        },
        async sync() {
          journal.push({ did: flags === 'r' ? 'sync folder' : 'sync', path });
        },
        close: () => file.close(),
      };
    },
    async rename(from, path) {
      await nodeFiles.rename(from, path);
      journal.push({ did: 'rename', path, from });
    },
    async rm(path, options) {
      await nodeFiles.rm(path, options);
      journal.push({ did: 'remove', path });
    },
    async mkdir(path, options) {
      const first = await nodeFiles.mkdir(path, options);
      if (first !== undefined) journal.push({ did: 'make folder', path });
      return first;
    },
  };
}

/** What a disk holds: the content of each file, or `folder`, by path below the root. */
export type DiskContent = ReadonlyMap<string, Buffer | 'folder'>;

interface File {
  content: Buffer;
  /** The part that is certainly on the disk. */
  synced: Buffer;
}
type Names = Map<string, File | 'folder'>;

/**
 * A disk that guarantees what POSIX does, and no more. The content of a file is durable after a
 * sync of the file, and its name after a sync of the folder. Operations since the last sync may or
 * may not survive a crash, in any combination, and content that was not synced may survive in part.
 */
export class SimulatedDisk {
  readonly #root: string;
  readonly #names: Names = new Map();
  readonly #syncedNames: Names = new Map();
  #unsynced: { folder: string; change: (names: Names) => void }[] = [];

  /** @param root folder that existed before and was empty */
  constructor(root: string) {
    this.#root = root;
  }

  apply(entry: JournalEntry): void {
    if (entry.did === 'show') return;
    const { path } = entry;
    if (entry.did === 'sync folder') {
      for (const { folder, change } of this.#unsynced) {
        if (folder === path) change(this.#syncedNames);
      }
      this.#unsynced = this.#unsynced.filter(({ folder }) => folder !== path);
      return;
    }
    if (entry.did === 'write' || entry.did === 'append' || entry.did === 'sync') {
      const file = this.#names.get(path) as File;
      if (entry.did === 'write') file.content = entry.content;
      else if (entry.did === 'append') file.content = Buffer.concat([file.content, entry.content]);
      else file.synced = file.content;
      return;
    }
    const change = this.#nameChange(entry);
    change(this.#names);
    this.#unsynced.push({ folder: dirname(path), change });
  }

  /** Everything that a crash at this moment can leave. */
  *afterCrash(): Iterable<DiskContent> {
    for (let kept = 0; kept < 2 ** this.#unsynced.length; kept++) {
      const names: Names = new Map(this.#syncedNames);
      this.#unsynced.forEach(({ change }, i) => {
        if (kept & (2 ** i)) change(names);
      });
      yield* contentsOf(this.#reachable(names));
    }
  }

  /** Everything below the root, by its path from there. */
  #reachable(names: Names): Names {
    const isThere = (path: string): boolean =>
      path === this.#root || (names.has(path) && isThere(dirname(path)));
    return new Map(
      [...names]
        .filter(([path]) => isThere(path))
        .map(([path, held]) => [relative(this.#root, path), held]),
    );
  }

  #nameChange(entry: JournalEntry): (names: Names) => void {
    switch (entry.did) {
      case 'create': {
        const file = { content: Buffer.alloc(0), synced: Buffer.alloc(0) };
        return (names) => void names.set(entry.path, file);
      }
      case 'make folder':
        return (names) => void names.set(entry.path, 'folder');
      case 'rename': {
        const file = this.#names.get(entry.from)!;
        return (names) => {
          names.delete(entry.from);
          names.set(entry.path, file);
        };
      }
      default:
        return (names) => void names.delete((entry as { path: string }).path);
    }
  }
}

/** Writes the content that a crash left into a folder. */
export async function restoreDisk(content: DiskContent, root: string): Promise<void> {
  for (const [path, held] of [...content].sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (held === 'folder') await nodeFiles.mkdir(join(root, path), { recursive: true });
    else await nodeFiles.writeFile(join(root, path), held);
  }
}

/** All combinations of the possible contents of each file. */
function* contentsOf(names: Names): Iterable<DiskContent> {
  const [first, ...others] = names;
  if (!first) {
    yield new Map();
    return;
  }
  const [path, held] = first;
  const versions = held === 'folder' ? [held] : versionsOf(held);
  for (const rest of contentsOf(new Map(others))) {
    for (const version of versions) yield new Map([[path, version], ...rest]);
  }
}

function versionsOf({ content, synced }: File): Buffer[] {
  if (content === synced) return [synced];
  const half = content.subarray(0, (synced.length + content.length) >> 1);
  return [synced, half, content];
}

async function exists(path: string): Promise<boolean> {
  return nodeFiles.access(path).then(
    () => true,
    () => false,
  );
}
