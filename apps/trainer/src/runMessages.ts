import { join } from 'node:path';
import type { StartedBackend } from '@dpquant/backends';
import { duration } from './progress.ts';
import type { RunConfig, RunSummary } from './runRecords.ts';
import type { Terminal } from './terminal.ts';

/** What the lines at the start of a run are about. */
export interface Announcement {
  readonly config: RunConfig;
  readonly backend: StartedBackend;
  readonly guarantee: RunSummary['guarantee'];
  /** Number of public examples. */
  readonly validationCount: number;
  /** Folder of the run. */
  readonly path: string;
  readonly resumed: boolean;
}

/** Says what is about to be done, and what is promised. */
export function announce(
  { config, backend, guarantee, validationCount, path, resumed }: Announcement,
  terminal: Terminal,
): void {
  const { options, plan } = config;
  const { bold } = terminal;
  for (const { name, reason } of backend.passedOver) {
    terminal.say(`backend ${name} was passed over: ${reason}`);
  }
  terminal.say(
    `${resumed ? 'Resuming' : 'Training'} ${bold(options.model)} on ${bold(options.data)}: ` +
      `${plan.unitCount} private examples, ${validationCount} public ones for validation`,
  );
  terminal.say(
    guarantee === 'none'
      ? `${bold('No privacy guarantee')}: the noise is reproducible (--insecure-seed)`
      : `Goal: ε ≤ ${options.epsilon} at δ = ${options.delta}, one example added or removed; ` +
          `noise multiplier ${plan.noiseMultiplier.toFixed(3)}, ${plan.steps} steps of ` +
          `${options.batchSize} examples in expectation`,
  );
  terminal.say(
    `Policy ${options.policy}: ${Math.round(100 * options.quantizedFraction)} % of the layers in ` +
      `${options.format}, simulated · backend ${backend.name} (${backend.device})`,
  );
  terminal.say(`Writing ${path} · Ctrl-C stops and saves`);
}

/** Says how a run ended. */
export function conclude(summary: RunSummary, terminal: Terminal): void {
  const guarantee =
    summary.guarantee === 'none'
      ? 'no privacy guarantee (--insecure-seed)'
      : `ε = ${summary.epsilon.toFixed(3)} at δ = ${summary.delta}`;
  terminal.say(
    `${terminal.bold(summary.stopped === 'finished' ? 'Done' : 'Stopped: privacy budget exhausted')} ` +
      `in ${duration(summary.seconds)}: validation accuracy ${(100 * summary.accuracy).toFixed(2)} %, ` +
      `${guarantee}, ${Math.round(100 * summary.quantizedFraction)} % of the layers in low precision`,
  );
  terminal.say(`Model: ${join(summary.run, 'model')}`);
}
