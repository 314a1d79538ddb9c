import { builtInPolicies } from '@dpquant/scheduling';
import { runDurably, type DurableOutcome, type RunReporter } from '@dpquant/training';
import type { RunFolder } from '@dpquant/training/node';
import { Progress } from './progress.ts';
import { conclude, lostSteps } from './runMessages.ts';
import { RunPage } from '../report/runPage.ts';
import { durableParts, type PreparedRun } from './runParts.ts';
import type { StopSignals } from './stopSignals.ts';
import type { Terminal } from '../terminal/terminal.ts';

/** Why a run ended, and its summary. */
export type RunOutcome = Pick<DurableOutcome, 'stopped' | 'summary'>;

/** Outcome of a run that was stopped before its first charge. */
export const notBegun: RunOutcome = { stopped: 'interrupted', summary: null };

/**
 * Trains to the end, or until it is stopped, and says how it goes.
 *
 * @param folder open for writing: empty, or that of the run
 */
export async function carryOut(
  folder: RunFolder,
  prepared: PreparedRun,
  terminal: Terminal,
  { atOnce, betweenSteps }: StopSignals,
): Promise<RunOutcome> {
  const { config, backend, split } = prepared;
  const { path } = folder;
  const validationCount = split.validation.count;
  const progress = new Progress(terminal, { config, backend, validationCount, path });
  const page = new RunPage(path, terminal);
  const parts = await durableParts(prepared);
  const signals = { signal: atOnce, stopBetweenSteps: betweenSteps };
  let outcome;
  try {
    outcome = await runDurably(folder, parts, withPage(progress, page), signals);
  } finally {
    // However the run ended: the page shows what there is.
    await page.write();
    prepared.ranks?.report(terminal);
  }
  const { stopped, position, summary, lostSteps: lost, problem } = outcome;
  const { options, plan } = config;
  const program = builtInPolicies.has(options.policy) ? '' : `--policy ${options.policy} `;
  const launched = prepared.ranks ? 'mpirun … ' : '';
  const engine = prepared.ranks ? '--distributed mpi ' : '';
  const toResume = `the state is saved. Continue with: ${launched}dpquant train --resume ${engine}${program}--out ${path}`;
  if (summary) {
    const end = { lostSteps: lost, plannedSteps: plan.steps, page: page.path };
    conclude(summary, end, terminal);
  } else {
    if (lost > 0) terminal.say(lostSteps(lost, plan.steps));
    terminal.say(`Interrupted after step ${position.step} of ${plan.steps}; ${toResume}`);
    if (page.path !== null) terminal.say(`Report: ${page.path}`);
  }
  if (problem) terminal.say(`${problem.message}; mend the policy, ${toResume}`);
  return { stopped, summary };
}

/** What shows how a run goes, and renews its page after each epoch. `Required`: nothing is lost. */
function withPage(progress: Progress, page: RunPage): Required<RunReporter> {
  return {
    onBegin: (begin) => {
      page.begin();
      progress.onBegin(begin);
    },
    onProbe: (probe) => progress.onProbe(probe),
    onAnalysis: (analysis) => progress.onAnalysis(analysis),
    onDecision: (decision) => progress.onDecision(decision),
    onEpochBegin: (epoch) => progress.onEpochBegin(epoch),
    onStepEnd: (step) => progress.onStepEnd(step),
    onEpochEnd: async (epoch) => {
      progress.onEpochEnd(epoch);
      await page.renew();
    },
  };
}
