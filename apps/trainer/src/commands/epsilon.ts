import { Command, InvalidArgumentError } from 'commander';
import {
  createAccountant,
  gaussian,
  poissonSampled,
  type AccountantName,
} from '@dpquant/accounting';
import { count, positiveNumber, rate } from '../flags/argumentParsers.ts';
import { epsilonText } from '../terminal/epsilonText.ts';
import { privacyOptions } from '../flags/privacyOptions.ts';
import { table } from '../terminal/table.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { UsageError } from '../flags/usageError.ts';

interface SampledGaussian {
  readonly sampleRate: number;
  readonly noiseMultiplier: number;
  readonly steps: number;
}

interface EpsilonOptions extends Partial<SampledGaussian> {
  readonly delta: number;
  readonly accountant: AccountantName;
  readonly event?: SampledGaussian[];
  readonly json?: boolean;
}

/** `dpquant epsilon`: what a number of steps costs. */
export function epsilonCommand(terminal: Terminal): Command {
  return new Command('epsilon')
    .description('Privacy cost ε of DP-SGD steps at a given δ.')
    .addOption(privacyOptions.sampleRate())
    .option(
      '--noise-multiplier <s>',
      'standard deviation of the noise over the clip norm',
      positiveNumber,
    )
    .addOption(privacyOptions.steps())
    .addOption(privacyOptions.delta().makeOptionMandatory())
    .option('--event <q,s,T>', 'instead of the three flags above; may repeat', collectEvents)
    .addOption(privacyOptions.accountant())
    .option('--json', 'one JSON object on standard output')
    .addHelpText(
      'after',
      `
Examples:
  dpquant epsilon --sample-rate 0.01 --noise-multiplier 1 --steps 1000 \\
    --delta 1e-5
  dpquant epsilon --event 0.05,2,100 --event 0.1,3,300 --delta 1e-5 --json`,
    )
    .action((options: EpsilonOptions) => {
      const events = eventsOf(options);
      const accountant = createAccountant(options.accountant);
      for (const { sampleRate, noiseMultiplier, steps } of events) {
        accountant.compose(poissonSampled(sampleRate, gaussian(noiseMultiplier)), steps);
      }
      const epsilon = accountant.epsilon(options.delta);
      if (!Number.isFinite(epsilon)) {
        const least = Math.min(...events.map(({ noiseMultiplier }) => noiseMultiplier));
        throw new UsageError(
          `expected a finite ε, got ${epsilon}: a noise multiplier of ${least} is next to no noise; raise it`,
        );
      }
      if (options.json) {
        const { delta, accountant: name } = options;
        terminal.result(JSON.stringify({ epsilon, delta, accountant: name }));
      } else {
        for (const line of eventTable(events)) terminal.result(line);
        terminal.result(
          `ε = ${epsilonText(epsilon, 5)} at δ = ${options.delta} (${options.accountant} accountant; ` +
            'adding or removing one example)',
        );
      }
    });
}

function collectEvents(text: string, previous: readonly SampledGaussian[] = []): SampledGaussian[] {
  const parts = text.split(',');
  if (parts.length !== 3)
    throw new InvalidArgumentError('Expected q,s,T, for example 0.01,1,1000.');
  const [sampleRate, noiseMultiplier, steps] = parts as [string, string, string];
  return [
    ...previous,
    {
      sampleRate: rate(sampleRate),
      noiseMultiplier: positiveNumber(noiseMultiplier),
      steps: count(steps),
    },
  ];
}

function eventsOf(options: EpsilonOptions): SampledGaussian[] {
  const { sampleRate, noiseMultiplier, steps, event = [] } = options;
  const single = [sampleRate, noiseMultiplier, steps].filter((value) => value !== undefined).length;
  if (event.length > 0 && single === 0) return event;
  if (event.length === 0 && single === 3) {
    return [{ sampleRate: sampleRate!, noiseMultiplier: noiseMultiplier!, steps: steps! }];
  }
  throw new UsageError(
    'expected either --sample-rate, --noise-multiplier and --steps together, or --event',
  );
}

/** The events in columns, under their names. */
function eventTable(events: readonly SampledGaussian[]): string[] {
  return table([
    ['sample rate', 'noise multiplier', 'steps'],
    ...events.map(({ sampleRate, noiseMultiplier, steps }) =>
      [sampleRate, noiseMultiplier, steps].map(String),
    ),
  ]);
}
