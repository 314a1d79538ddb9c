import type { Dataset } from '@dpquant/data';
import { checkReadable } from '@dpquant/data/node';
import type { Terminal } from './terminal.ts';

/**
 * Reads every private example once, before anything is charged: one that cannot be read would end the run
 * at a step that tells when it was drawn.
 *
 * @returns false when the signal has ended it
 */
export async function readAllExamples(
  training: Dataset,
  terminal: Pick<Terminal, 'show' | 'say'>,
  signal: AbortSignal,
): Promise<boolean> {
  const onProgress = (read: number, count: number) =>
    terminal.show(`Reading all examples: ${read} of ${count}`);
  try {
    await checkReadable(training, { onProgress, signal });
    return true;
  } catch (error) {
    if (!signal.aborted || error !== signal.reason) throw error;
    terminal.say('Stopped before anything was charged');
    return false;
  }
}
