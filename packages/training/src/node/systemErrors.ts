import { RunStoreError } from '../durable/runStoreError.ts';

const remedies: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full: free space on it',
  EDQUOT: "this user's share of the disk is used up: free space on it",
  EROFS: 'the file system is read-only: choose another folder',
  EACCES: 'give this user the right to, or choose another folder',
  EPERM: 'give this user the right to, or choose another folder',
  ENOTDIR: 'a part of the path is a file: choose another folder',
  EEXIST: 'a file is there already: choose another folder',
};

/**
 * Turns a system error on reading or writing `path` into one with a remedy; returns other errors
 * unchanged.
 */
export function explained(action: 'read' | 'write', path: string, error: unknown): unknown {
  const { code, syscall, message } = error as NodeJS.ErrnoException;
  if (code === undefined || syscall === undefined) return error;
  const remedy = remedies[code] ?? 'check the folder and the disk';
  return new RunStoreError(`cannot ${action} ${path}: ${message}; ${remedy}`, { cause: error });
}
