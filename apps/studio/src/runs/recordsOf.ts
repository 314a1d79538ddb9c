import type {
  MetricsRecord,
  RunConfigRecord,
  RunRecords,
  RunSummaryRecord,
  ScheduleRecord,
} from '@dpquant/report';

/**
 * The records of a run, of the texts of its files by name.
 *
 * @throws Error that names the file that is missing or no JSON
 */
export function recordsOf(name: string, texts: ReadonlyMap<string, string>): RunRecords {
  if (!texts.has('config.json')) {
    throw new Error(
      `${name}: expected the files of a run folder, config.json among them; got ${[...texts.keys()].join(', ')}`,
    );
  }
  return {
    name,
    config: parsed(texts, 'config.json') as RunConfigRecord,
    metrics: lines(texts, 'metrics.jsonl') as MetricsRecord[],
    schedule: lines(texts, 'schedule.jsonl') as ScheduleRecord[],
    summary: texts.has('summary.json') ? (parsed(texts, 'summary.json') as RunSummaryRecord) : null,
  };
}

function parsed(texts: ReadonlyMap<string, string>, file: string): unknown {
  return json(texts.get(file)!, file);
}

/** The last line may have been cut off by a crash. */
function lines(texts: ReadonlyMap<string, string>, file: string): unknown[] {
  const all = (texts.get(file) ?? '').split('\n').filter(Boolean);
  return all.flatMap((line, i) => {
    try {
      return [JSON.parse(line) as unknown];
    } catch {
      if (i === all.length - 1) return [];
      throw new Error(`${file}, line ${i + 1}: expected JSON`);
    }
  });
}

function json(text: string, file: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new Error(`${file}: expected JSON`);
  }
}
