/**
 * A stored run that cannot be used as asked; the message gives the reason and the remedy. `cause`
 * is set if the reason is a system error or damaged content.
 */
export class RunStoreError extends Error {
  override name = 'RunStoreError';
}
