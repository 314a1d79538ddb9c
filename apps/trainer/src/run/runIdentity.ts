import { createHash } from 'node:crypto';
import { realpathSync, statSync } from 'node:fs';
import { builtInPolicies } from '@dpquant/scheduling';
import { differingFact, readCheckpointSettings, type Facts } from '@dpquant/training';
import type { RunFolder } from '@dpquant/training/node';
import { isOwnModel } from '../models/modelZoo.ts';
import type { FolderMark, RunConfig } from './runRecords.ts';
import { isBuiltInTask } from '../flags/taskNames.ts';
import { UsageError } from '../flags/usageError.ts';

/** Options that are paths: a file may move, its content is recorded elsewhere. */
const places = ['options.data', 'options.initWeights', 'options.initLedger', 'options.schedule'];
/** Stands for the path of a policy, model or task of the user's own. */
const ownFile = 'a file';

/** All settings that a run must be continued with, sorted by name; public. */
export function settingsOf({ id, options, plan, start, data }: RunConfig): Facts {
  const { topology, weights, ...started } = start;
  const all = {
    id: { run: id },
    options: {
      ...options,
      policy: builtInPolicies.has(options.policy) ? options.policy : ownFile,
      model: isOwnModel(options.model) ? ownFile : options.model,
      task: options.task === undefined || isBuiltInTask(options.task) ? options.task : ownFile,
    },
    plan,
    start: { ...started, topology: topology && sha256(canonical(topology)) },
    weights: { sha256: weights?.sha256 },
    data: { ...data, source: undefined },
  };
  const facts = Object.entries(all).flatMap(([group, values]) =>
    Object.entries(values)
      .filter(([name, value]) => value !== undefined && !places.includes(`${group}.${name}`))
      .map(([name, value]): [string, string] => [`${group}.${name}`, canonical(value)]),
  );
  return facts.sort(([a], [b]) => (a < b ? -1 : 1));
}

/** The fingerprint by which the ledger and the model of a run name it. */
export function runFingerprint(config: RunConfig): string {
  return sha256(JSON.stringify(settingsOf(config)));
}

/**
 * Compares `config.json` with the settings in the checkpoint and the fingerprint in the ledger,
 * before any file that it names is opened.
 *
 * @throws UsageError that names the first setting that differs, or says that the ledger is another
 *   run's
 */
export async function requireUnchanged(folder: RunFolder, config: RunConfig): Promise<void> {
  const before = await readCheckpointSettings(folder);
  if (before === undefined) {
    throw new UsageError(
      `resume: the run in ${folder.path} was written by another version of DPQuant; continue it with that version, or ` +
        'start it again with --force',
    );
  }
  const changed = differingFact(before, settingsOf(config));
  if (changed) {
    throw new UsageError(
      `resume: ${changed.name} is ${changed.now ?? 'absent'} in ${folder.path}/config.json, the run was started with ` +
        `${changed.before ?? 'none'}; restore the file: a run goes on as it began, other settings are a new run`,
    );
  }
  const ledger = await folder.readLedger();
  if (ledger.run === runFingerprint(config)) return;
  throw new UsageError(
    `resume: ${folder.path}/ledger.json is the ledger of another run; restore that of this one, which says what it has ` +
      'spent',
  );
}

/** What tells a folder from its copies: hashes of its path and its file-system number. */
export function folderMark(path: string): FolderMark {
  const real = realpathSync.native(path);
  return { path: sha256(real), number: sha256(String(statSync(real, { bigint: true }).ino)) };
}

/**
 * Whether a run goes on in the very folder that it was started in: one that was neither copied nor
 * moved.
 */
export function isOwnFolder(path: string, { folder }: Pick<RunConfig, 'folder'>): boolean {
  const now = folderMark(path);
  return now.path === folder.path && now.number === folder.number;
}

/** JSON with the keys of objects in order. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
