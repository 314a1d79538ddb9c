import { Option, type Command } from 'commander';
import * as parse from '../flags/argumentParsers.ts';

/** Where runs may be started. */
const launcherNames = ['local', 'ray'] as const;

/** The flags of `dpquant compare` itself, besides those of `dpquant train`. */
export interface CompareFlags {
  readonly policies?: string;
  readonly fractions?: string;
  readonly speedups?: string;
  readonly formats?: string;
  readonly epsilons?: string;
  readonly vary: readonly string[];
  readonly row: readonly string[];
  readonly seeds: string;
  readonly staticSubsets: number;
  readonly insecureSeeds?: boolean;
  readonly publicData?: boolean;
  readonly baseline?: string;
  readonly workers?: number;
  readonly launcher: (typeof launcherNames)[number];
  readonly ray?: string;
  readonly entrypoint?: string;
  readonly entrypointCpus: number;
  readonly entrypointGpus: number;
  readonly timing: boolean;
  readonly status?: boolean;
  readonly out?: string;
  readonly config?: string;
  readonly json?: boolean;
}

/** Flags that say which runs are made; a folder's record knows them if all are left out. */
export const gridFlags = [
  ...(['policies', 'fractions', 'speedups', 'formats', 'epsilons'] as const),
  ...(['vary', 'row', 'seeds', 'staticSubsets', 'insecureSeeds', 'config'] as const),
];

/** Adds the flags of `dpquant compare` to a command. */
export function addCompareFlags(command: Command): void {
  const collect = (value: string, before: readonly string[]) => [...before, value];
  const flags = [
    new Option('--policies <names>', 'policies, as full,static,probabilistic,loss-aware (these)'),
    new Option('--fractions <list>', 'shares of the layers in low precision, as 0.5,0.75'),
    new Option('--speedups <list>', 'or: theoretical speed-ups, as 1.5,2'),
    new Option('--formats <names>', 'low-precision formats, as luq-fp4,int8'),
    new Option('--epsilons <list>', 'privacy goals, as 1,3,8'),
    new Option('--vary <setting>', "any other flag, as 'learning-rate=1,2'; may be repeated")
      .argParser(collect)
      .default([], 'none'),
    new Option(
      '--row <settings>',
      "a row by itself, as 'policy=static,format=int8'; may be repeated",
    )
      .argParser(collect)
      .default([], 'none'),
    new Option('--seeds <list>', 'number of seeds, from 1 on, or a list of them, as 1,2,7').default(
      '3',
    ),
    new Option(
      '--static-subsets <k>',
      'random subsets of layers for each seed of a static row; their mean counts',
    )
      .argParser(parse.count)
      .default(1),
    new Option('--insecure-seeds', 'reproducible noise, for tests: no privacy guarantee'),
    new Option('--public-data', 'nobody in the data is to be protected: no ε is composed'),
    new Option('--baseline <row>', 'row that the others are compared to (full, or the first)'),
    new Option(
      '--workers <n>',
      'runs at a time (as many as there are cores; of Ray: 16)',
    ).argParser(parse.count),
    new Option('--launcher <where>', 'runs as processes of this machine, or as jobs of Ray')
      .choices(launcherNames)
      .default('local'),
    new Option('--ray <address>', 'dashboard of Ray (http://127.0.0.1:8265)'),
    new Option('--entrypoint <command>', 'what starts dpquant on a node of Ray (its path here)'),
    new Option('--entrypoint-cpus <n>', 'cores that a job of Ray takes')
      .argParser(parse.nonNegativeNumber)
      .default(1),
    new Option('--entrypoint-gpus <n>', 'GPUs that a job of Ray takes')
      .argParser(parse.nonNegativeNumber)
      .default(0),
    new Option('--no-timing', 'do not measure how fast the rows run, at the end'),
    new Option('--status', 'show the table so far, and run nothing'),
    new Option(
      '--config <file>',
      'JSON object of the flags here and below; flags given override it',
    ),
    new Option('--out <folder>', 'folder of the comparison (default: comparisons/ and the time)'),
    new Option('--json', 'the record as one JSON object on standard output'),
  ];
  for (const flag of flags) command.addOption(flag.helpGroup('Comparison:'));
}
