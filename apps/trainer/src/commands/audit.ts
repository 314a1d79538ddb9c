import { Command, InvalidArgumentError, Option } from 'commander';
import { startBackend } from '@dpquant/backends';
import { arithmeticNames } from '@dpquant/quantization';
import * as parse from '../flags/argumentParsers.ts';
import {
  auditRun,
  planAudit,
  type AuditedParts,
  type AuditOptions,
  type AuditReport,
  type PlannedAudit,
} from '../audit/auditRun.ts';
import { epsilonText, lowerEpsilonText } from '../terminal/epsilonText.ts';
import { exitCodes } from '../terminal/exitCodes.ts';
import { plural } from '../terminal/plural.ts';
import { privacyOptions } from '../flags/privacyOptions.ts';
import { duration } from '../terminal/duration.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { asUsage } from '../flags/usageError.ts';

interface Flags extends Omit<AuditOptions, 'guesses'> {
  readonly guesses?: readonly number[];
  readonly json?: boolean;
}

/** Of the canaries, unless `--guesses` says otherwise: the highest scores tell most. */
const guessedShare = 0.01;

/**
 * `dpquant audit`: whether a run keeps what its ledger promises.
 *
 * @param parts what to audit in place of parts of the mechanism
 */
export function auditCommand(
  terminal: Terminal,
  finish: (exitCode: number) => void,
  parts: AuditedParts = {},
): Command {
  return new Command('audit')
    .description(
      'Empirical lower bound on ε: trains on made-up canaries, each in the data with probability ½, ' +
        'and guesses from the weights which were in.',
    )
    .addOption(
      option('--epsilon <e>', 'ε that the noise is made for', parse.positiveNumber).default(2),
    )
    .addOption(privacyOptions.delta().default(1e-5))
    .addOption(privacyOptions.sampleRate().default(0.5))
    .addOption(privacyOptions.steps().default(4))
    .addOption(
      option('--canaries <m>', 'number of canaries, up to a million', canaryCount).default(100_000),
    )
    .addOption(
      option(
        '--guesses <r>',
        'canaries to call in (default: 1 % of them); of several, as 500,1000, the best counts, and ' +
          'they share the significance',
        counts,
      ),
    )
    .addOption(
      option(
        '--significance <p>',
        'probability with which an honest run may be refuted',
        parse.openFraction,
      ).default(0.05),
    )
    .addOption(
      option(
        '--format <name>',
        `arithmetic of the audited layer: ${arithmeticNames().join(', ')}`,
        parse.oneOf(arithmeticNames()),
      ).default('float32'),
    )
    .addOption(option('--seed <n>', 'fixes which canaries are in, and rounding', parse.seed))
    .addOption(
      option('--insecure-seed <n>', 'also fixes sampling and noise, for tests', parse.seed),
    )
    .option('--json', 'one JSON object on standard output')
    .addHelpText(
      'after',
      `
Examples:
  dpquant audit                             ε = 2: four steps, sample rate 0.5
  dpquant audit --format luq-fp4 --json     in four bits; result as JSON
  dpquant audit --sample-rate 1 --steps 1   all canaries in one step: shows most
  dpquant audit --epsilon 4 --guesses 4000  a larger ε takes more guesses

The canaries have a model and a loss of their own: what is found is about
sampling, clipping, noise and accounting, which are those of any --task.

A bound above the ε of the ledger refutes it: noise, clipping, sampling or
accounting is broken, unless this is one of the runs that the significance
allows for. A bound below it proves no privacy; that of an exact mechanism is
some half of its ε. Time grows with the square of the canaries.

Exit codes: 0 consistent, 1 refuted, 2 usage.`,
    )
    .action(async ({ json, guesses, ...flags }: Flags) => {
      const audit = asUsage(() =>
        planAudit({
          ...flags,
          guesses: guesses ?? [Math.ceil(flags.canaries * guessedShare)],
        }),
      );
      announce(audit, terminal);
      const start = performance.now();
      terminal.show('Planting the canaries …');
      const backend = await startBackend();
      const report = await auditRun(audit, parts, (steps) =>
        terminal.show(`step ${steps}/${audit.steps}`),
      );
      const seconds = (performance.now() - start) / 1000;
      conclude(report, seconds, terminal);
      if (json) terminal.result(JSON.stringify({ ...report, backend: backend.name, seconds }));
      if (!report.consistent) finish(exitCodes.failure);
    });
}

const option = (flags: string, description: string, parser: (text: string) => unknown) =>
  new Option(flags, description).argParser(parser);

function announce(audit: PlannedAudit, terminal: Terminal): void {
  const { epsilon, delta, sampleRate, steps, canaries, format, greatestLowerBound } = audit;
  terminal.say(
    `Auditing sampling, clipping, noise and ledger in ${terminal.bold(format)} on ${canaries} ` +
      'canaries; they are made up, no private data is touched',
  );
  terminal.say(
    `Goal: ε ≤ ${epsilon} at δ = ${delta}, one example added or removed; noise multiplier ` +
      `${audit.noiseMultiplier.toFixed(3)}, ${plural(steps, 'step')} at sample rate ${sampleRate}`,
  );
  if (audit.insecureSeed !== undefined) {
    terminal.say(
      `${terminal.bold('No privacy guarantee')}: sampling and noise are reproducible (--insecure-seed)`,
    );
  }
  if (greatestLowerBound <= epsilon) {
    terminal.say(
      `warning: all guesses right would show ε ≥ ${lowerEpsilonText(greatestLowerBound)} only, so nothing can ` +
        'refute the goal; use more --guesses, a smaller --delta or a smaller --epsilon',
    );
  }
}

function conclude(report: AuditReport, seconds: number, { say, bold }: Terminal): void {
  const { epsilonLowerBound, epsilonClaimed, delta, significance, guesses, correct } = report;
  const confidence = Number((100 * (1 - significance)).toPrecision(12));
  say(
    `Claimed by the ledger: ε = ${epsilonText(epsilonClaimed)} at δ = ${delta}; ` +
      `shown by ${correct} right guesses of ${guesses}: ε ≥ ${lowerEpsilonText(epsilonLowerBound)}, ` +
      `with ${confidence} % confidence`,
  );
  say(
    `${bold(report.consistent ? 'Consistent' : 'Refuted')} in ${duration(seconds)}: the bound ` +
      (report.consistent
        ? 'is within the claim'
        : 'passes the claim; do not trust the ε of any run until the cause is found'),
  );
}

function canaryCount(text: string): number {
  const value = parse.count(text);
  if (value <= 1e6) return value;
  throw new InvalidArgumentError('Expected a whole number from 1 to 1000000.');
}

const counts = (text: string): number[] => text.split(',').map(parse.count);
