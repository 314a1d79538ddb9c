import { Command } from 'commander';
import {
  calibrateNoiseMultiplier,
  createAccountant,
  gaussian,
  poissonSampled,
  type AccountantName,
} from '@dpquant/accounting';
import { positiveNumber } from '../flags/argumentParsers.ts';
import { epsilonText } from '../terminal/epsilonText.ts';
import { plural } from '../terminal/plural.ts';
import { privacyOptions } from '../flags/privacyOptions.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { asUsage } from '../flags/usageError.ts';

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
    .addOption(privacyOptions.delta().makeOptionMandatory())
    .addOption(privacyOptions.sampleRate().makeOptionMandatory())
    .addOption(privacyOptions.steps().makeOptionMandatory())
    .addOption(privacyOptions.accountant())
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
          `noise multiplier ${noiseMultiplier.toPrecision(7)}: ${plural(steps, 'step')} at sample rate ` +
            `${sampleRate} cost ε = ${epsilonText(spent, 5)} at δ = ${delta} (${accountant} accountant)`,
        );
      }
    });
}
