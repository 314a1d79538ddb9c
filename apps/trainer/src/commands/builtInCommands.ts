import type { Command } from 'commander';
import type { Terminal } from '../terminal/terminal.ts';
import { auditCommand } from './audit.ts';
import { backendsCommand } from './backends.ts';
import { benchCommand } from './bench.ts';
import { compareCommand } from './compare.ts';
import { dataCommand } from './data.ts';
import { diagnoseCommand } from './diagnose.ts';
import { epsilonCommand } from './epsilon.ts';
import { evaluateCommand } from './evaluate.ts';
import { formatsCommand } from './formats.ts';
import { noiseCommand } from './noise.ts';
import { reportCommand } from './report.ts';
import { trainCommand } from './train.ts';

/**
 * Makes one command of the command line.
 *
 * @param terminal what the command writes to
 * @param finish sets the exit code, where it is not 0; an error that is thrown needs none
 */
export type CommandFactory = (terminal: Terminal, finish: (exitCode: number) => void) => Command;

/** The commands of `dpquant`, in the order of its help. */
export const builtInCommands: readonly CommandFactory[] = [
  trainCommand,
  compareCommand,
  evaluateCommand,
  reportCommand,
  dataCommand,
  backendsCommand,
  benchCommand,
  diagnoseCommand,
  epsilonCommand,
  noiseCommand,
  formatsCommand,
  auditCommand,
];
