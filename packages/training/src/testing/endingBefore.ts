import type { RunStore } from '../durable/runStore.ts';

const writes = [
  'begin',
  'writeLedger',
  'writeCheckpoint',
  'appendRecord',
  'truncateRecords',
  'writeModel',
  'writeSummary',
] as const satisfies readonly (keyof RunStore)[];

/** A copy of a store whose process "ends" before the write with the given number, from 0. */
export function endingBefore(store: RunStore, write: number): RunStore {
  let count = 0;
  const cut = <Given extends unknown[]>(act: (...given: Given) => Promise<void>) => {
    return async (...given: Given): Promise<void> => {
      if (count++ >= write) throw new Error('the process has ended');
      await act(...given);
    };
  };
  const changed = writes.map((name) => [
    name,
    cut((store[name] as () => Promise<void>).bind(store)),
  ]);
  return {
    name: store.name,
    stage: () => store.stage(),
    readLedger: () => store.readLedger(),
    readCheckpoint: () => store.readCheckpoint(),
    readRecords: (records) => store.readRecords(records),
    ...(Object.fromEntries(changed) as Pick<RunStore, (typeof writes)[number]>),
  };
}
