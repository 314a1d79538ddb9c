import { mkdir, readFile, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { PrivacyLedger } from '@dpquant/accounting';
import { appendLine, replaceFile } from './durableFile.ts';

/** What a run leaves in its folder. */
const runFiles = [
  'config.json',
  'metrics.jsonl',
  'schedule.jsonl',
  'ledger.json',
  'checkpoint',
  'model',
  'summary.json',
];

/** A folder that cannot be used as asked: the message says why and what to do. */
export class RunFolderError extends Error {
  override name = 'RunFolderError';
}

/**
 * The folder of one training run: `config.json`, `metrics.jsonl` and `schedule.jsonl` (a line an
 * epoch), `ledger.json`, `checkpoint/`, `model/`, `summary.json`. Every write is atomic and on the
 * disk when it returns.
 */
export class RunFolder {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  /**
   * An empty folder for a new run.
   *
   * @param force removes the run that is there, and nothing else
   * @throws RunFolderError when a run is there already
   */
  static async create(path: string, { force = false } = {}): Promise<RunFolder> {
    const folder = new RunFolder(path);
    const present = (await listFolder(path)).filter((name) => runFiles.includes(name));
    if (present.length > 0 && !force) {
      throw new RunFolderError(
        `out: ${path} already holds a run; use --resume to continue it, --force to replace it, ` +
          'or another folder',
      );
    }
    for (const name of present) await rm(join(path, name), { recursive: true });
    await mkdir(path, { recursive: true });
    return folder;
  }

  /** The folder of a run that exists. */
  static async open(path: string): Promise<RunFolder> {
    if (!(await listFolder(path)).includes('config.json')) {
      throw new RunFolderError(`${path}: there is no run (no config.json)`);
    }
    return new RunFolder(path);
  }

  get checkpointPath(): string {
    return join(this.path, 'checkpoint');
  }

  get modelPath(): string {
    return join(this.path, 'model');
  }

  async writeJson(name: 'config.json' | 'summary.json', value: unknown): Promise<void> {
    await replaceFile(join(this.path, name), `${JSON.stringify(value, null, 2)}\n`);
  }

  async readJson(name: 'config.json' | 'summary.json'): Promise<unknown> {
    return JSON.parse(await readFile(join(this.path, name), 'utf8'));
  }

  /** Whether the run has come to its end. */
  async isFinished(): Promise<boolean> {
    return (await listFolder(this.path)).includes('summary.json');
  }

  async appendRecord(name: 'metrics.jsonl' | 'schedule.jsonl', record: object): Promise<void> {
    await appendLine(join(this.path, name), JSON.stringify(record));
  }

  /** Drops the records from an epoch on, which a resumed run will write again. */
  async truncateRecords(name: 'metrics.jsonl' | 'schedule.jsonl', epochs: number): Promise<void> {
    const path = join(this.path, name);
    const lines = (await readFile(path, 'utf8').catch(() => '')).split('\n').filter(Boolean);
    const kept = lines.filter((line) => {
      try {
        return (JSON.parse(line) as { epoch: number }).epoch < epochs;
      } catch {
        return false; // The last line of a run that was killed while writing it.
      }
    });
    await replaceFile(path, kept.map((line) => `${line}\n`).join(''));
  }

  async writeLedger(ledger: PrivacyLedger): Promise<void> {
    await replaceFile(join(this.path, 'ledger.json'), `${JSON.stringify(ledger)}\n`);
  }

  /** @throws Error when the ledger is missing or was changed: what was spent is then unknown */
  async readLedger(): Promise<PrivacyLedger> {
    const text = await readFile(join(this.path, 'ledger.json'), 'utf8');
    return PrivacyLedger.fromJSON(JSON.parse(text));
  }
}

async function listFolder(path: string): Promise<string[]> {
  try {
    return await readdir(path);
  } catch (error) {
    if ((error as { code?: string }).code === 'ENOENT') return [];
    throw new RunFolderError(`out: cannot read ${path}: ${(error as Error).message}`);
  }
}
