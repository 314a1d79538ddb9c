import { Option } from 'commander';
import { builtInAccountants } from '@dpquant/accounting';
import { count, oneOf, openFraction, rate } from './argumentParsers.ts';

/** Names of the accountants, the default first. */
const accountantNames = [...builtInAccountants.keys()];

/**
 * `--sample-rate`, `--steps`, `--delta` and `--accountant`, as all commands about privacy take
 * them.
 */
export const privacyOptions = {
  sampleRate: () =>
    new Option('--sample-rate <q>', 'probability with which each example joins a step').argParser(
      rate,
    ),
  steps: () => new Option('--steps <T>', 'number of steps').argParser(count),
  delta: () => new Option('--delta <d>', 'δ of the guarantee').argParser(openFraction),
  accountant: () =>
    new Option('--accountant <name>', `one of ${accountantNames.join(', ')}`)
      .argParser(oneOf(accountantNames))
      .default(accountantNames[0]),
};
