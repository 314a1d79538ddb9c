import type { StartedBackend } from '@dpquant/backends';
import { encodeSafetensors, layersNaming, storedWeights } from '@dpquant/models';
import { runPage, type MetricsRecord, type RunRecords, type ScheduleRecord } from '@dpquant/report';
import { IndexedDbRun } from '@dpquant/training/browser';
import type { RunFile } from './messages.ts';

const json = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`;

/** What a run leaves: ledger, report, and, once it has finished, the model in two forms. */
export async function runFiles(name: string, backend: StartedBackend): Promise<RunFile[]> {
  const run = await IndexedDbRun.open(name);
  try {
    const ledger = await run.readLedger();
    const stored = await run.readModel();
    const records = await recordsOf(run, backend);
    const files: RunFile[] = [
      { name: 'ledger.json', type: 'application/json', content: json(ledger) },
      { name: 'report.html', type: 'text/html', content: runPage(records) },
    ];
    if (!stored) return files;
    try {
      const notes = new Map([['dpquant', JSON.stringify(stored.notes)]]);
      const tensors = await storedWeights(stored.model, layersNaming);
      const type = 'application/octet-stream';
      const content = encodeSafetensors(tensors, notes);
      return [...files, { name: 'model.safetensors', type, content }];
    } finally {
      stored.model.dispose();
    }
  } finally {
    await run.close();
  }
}

async function recordsOf(run: IndexedDbRun, { name, device }: StartedBackend): Promise<RunRecords> {
  const list = async <Entry>(records: 'metrics' | 'schedule') =>
    (await run.readRecords(records)) as readonly unknown[] as readonly Entry[];
  return {
    name: run.name,
    config: { backend: { name, device } },
    metrics: await list<MetricsRecord>('metrics'),
    schedule: await list<ScheduleRecord>('schedule'),
    summary: (await run.readSummary()) ?? null,
  };
}
