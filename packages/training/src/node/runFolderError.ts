/**
 * A run folder that cannot be used as asked: the message says why and what to do. `cause` is set where
 * the system or a damaged file stands in the way, and not what was asked for.
 */
export class RunFolderError extends Error {
  override name = 'RunFolderError';
}

const remedies: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full: free space on it',
  EDQUOT: "this user's share of the disk is used up: free space on it",
  EROFS: 'the file system is read-only: choose another folder',
  EACCES: 'give this user the right to, or choose another folder',
  EPERM: 'give this user the right to, or choose another folder',
  ENOTDIR: 'a part of the path is a file: choose another folder',
  EEXIST: 'a file is there already: choose another folder',
};

/** What the system says against reading or writing `path`, with a remedy; other errors as they are. */
export function explained(action: 'read' | 'write', path: string, error: unknown): unknown {
  const { code, syscall, message } = error as NodeJS.ErrnoException;
  if (code === undefined || syscall === undefined) return error;
  const remedy = remedies[code] ?? 'check the folder and the disk';
  return new RunFolderError(`cannot ${action} ${path}: ${message}; ${remedy}`, { cause: error });
}
