/**
 * A stored run that cannot be used as asked: the message says why and what to do. `cause` is set
 * where the system or damaged content stands in the way, and not what was asked for.
 */
export class RunStoreError extends Error {
  override name = 'RunStoreError';
}
