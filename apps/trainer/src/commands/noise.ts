import { Command } from 'commander';
import {
  calibrateNoiseMultiplier,
  createAccountant,
  gaussian,
  poissonSampled,
  type AccountantName,
} from '@dpquant/accounting';
import { accountantNames } from '../accountantNames.ts';
import { count, oneOf, openFraction, positiveNumber, rate } from '../argumentParsers.ts';
import type { Terminal } from '../terminal.ts';
import { asUsage } from '../usageError.ts';

interface NoiseOptions {
  readonly epsilon: number;
  readonly delta: number;
  readonly sampleRate: number;
  readonly steps: number;
  readonly accountant: AccountantName;
  readonly json?: boolean;
}

/** `dpquant noise`: how much noise a privacy goal takes. */
export function noiseCommand(terminal: Terminal): Command {
  return new Command('noise')
    .description('Smallest noise multiplier that keeps DP-SGD within (ε, δ).')
    .requiredOption('--epsilon <e>', 'largest ε', positiveNumber)
    .requiredOption('--delta <d>', 'δ of the guarantee', openFraction)
    .requiredOption('--sample-rate <q>', 'probability with which each example joins a step', rate)
    .requiredOption('--steps <T>', 'number of steps', count)
    .option(
      '--accountant <name>',
      `one of ${accountantNames.join(', ')}`,
      oneOf(accountantNames),
      accountantNames[0],
    )
    .option('--json', 'one JSON object on standard output')
    .addHelpText(
      'after',
      `
Example:
  dpquant noise --epsilon 8 --delta 1e-5 --sample-rate 0.04 --steps 2250`,
    )
    .action(({ epsilon, delta, sampleRate, steps, accountant, json }: NoiseOptions) => {
      const noiseMultiplier = asUsage(() =>
        calibrateNoiseMultiplier({ epsilon, delta, sampleRate, steps, accountant }),
      );
      const spent = createAccountant(accountant)
        .compose(poissonSampled(sampleRate, gaussian(noiseMultiplier)), steps)
        .epsilon(delta);
      if (json) {
        terminal.result(JSON.stringify({ noiseMultiplier, epsilon: spent, delta }));
      } else {
        terminal.result(
          `noise multiplier ${noiseMultiplier.toPrecision(7)}: ${steps} steps at sample rate ` +
            `${sampleRate} cost ε = ${spent.toPrecision(6)} at δ = ${delta} (${accountant} accountant)`,
        );
      }
    });
}
