import { runPage } from '@dpquant/report';
import type { ReportMessage } from './messages.ts';
import { recordsOf } from './recordsOf.ts';

// Drawing a report takes longer than a page may be busy.

onmessage = async ({ data }: MessageEvent<{ name: string; files: readonly File[] }>) => {
  const { name, files } = data;
  const say = (message: ReportMessage) => {
    postMessage(message);
  };
  try {
    const texts = await Promise.all(
      files
        .filter((file) => /\.jsonl?$/.test(file.name) && file.size < 2 ** 27)
        .map(async (file) => [file.name, await file.text()] as const),
    );
    say({ kind: 'report', name, html: runPage(recordsOf(name, new Map(texts))) });
  } catch (error) {
    say({ kind: 'failed', message: (error as Error).message });
  }
};
