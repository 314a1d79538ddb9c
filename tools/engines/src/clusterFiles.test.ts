import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { cellsOf, namedRow } from '@dpquant/experiments';
import { parse } from 'yaml';

const files = join(__dirname, '../../../docs/cluster');
const text = (name: string) => readFileSync(join(files, name), 'utf8');

interface Container {
  readonly image: string;
  readonly command?: readonly string[];
  readonly volumeMounts: readonly { readonly name: string }[];
}
interface Pod {
  readonly containers: readonly Container[];
  readonly volumes: readonly { readonly name: string }[];
}

/** Each mount of a pod is of a volume that it has. */
function requireVolumes({ containers, volumes }: Pod): void {
  const names = volumes.map(({ name }) => name);
  for (const { volumeMounts } of containers) {
    for (const { name } of volumeMounts) expect(names).toContain(name);
  }
}

const policies = ['full', 'static', 'probabilistic', 'loss-aware'];
const cells = cellsOf(
  policies.map((policy) => namedRow({ policy })),
  { seeds: [1, 2, 3] },
);

describe('the files for cluster engines', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'dpquant-cluster-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('make each cell of the comparison of one number, and go on with what was begun', () => {
    const program = join(folder, 'dpquant');
    writeFileSync(program, '#!/bin/sh\necho "$@"\n');
    chmodSync(program, 0o755);
    const run = (number: number) => {
      const env = { ...process.env, PATH: `${folder}${delimiter}${process.env['PATH']}` };
      const args = [join(files, 'cell.sh'), join(folder, 'x'), String(number)];
      const { stdout, stderr } = spawnSync('sh', args, { env, encoding: 'utf8' });
      expect(stderr).toBe('');
      return stdout.trim();
    };
    const folderOf = (number: number) => join(folder, 'x', 'runs', cells[number]!.cell);
    cells.forEach(({ row, seed }, number) => {
      expect(run(number)).toBe(
        `train --policy ${row} --seed ${seed} --split-seed 1 --threads 1 --epsilon 3 --epochs 10 --out ${folderOf(number)}`,
      );
    });
    mkdirSync(folderOf(5), { recursive: true });
    writeFileSync(join(folderOf(5), 'config.json'), '{}');
    expect(run(5)).toMatch(/ --resume --out /);
    writeFileSync(join(folderOf(5), 'summary.json'), '{}');
    expect(run(5)).toBe('');
  });

  it('start as many tasks as there are cells', () => {
    expect(cells).toHaveLength(12);
    expect(text('slurm-array.sh')).toMatch(/^#SBATCH --array=0-11%4$/m);
    expect(spawnSync('sh', ['-n', join(files, 'slurm-array.sh')]).status).toBe(0);
    const job = parse(text('kubernetes-indexed-job.yaml')) as {
      apiVersion: string;
      kind: string;
      spec: { completionMode: string; completions: number; template: { spec: Pod } };
    };
    const { spec } = job;
    expect(job).toMatchObject({ apiVersion: 'batch/v1', kind: 'Job' });
    expect(spec).toMatchObject({ completionMode: 'Indexed', completions: 12 });
    expect(spec.template.spec.containers[0]!.command).toContain('$(JOB_COMPLETION_INDEX)');
    requireVolumes(spec.template.spec);
  });

  it('make a Ray cluster whose dashboard is on loopback, and whose runs are for the workers', () => {
    const cluster = parse(text('ray-cluster.yaml')) as {
      apiVersion: string;
      kind: string;
      spec: {
        headGroupSpec: { rayStartParams: object; template: { spec: Pod } };
        workerGroupSpecs: readonly { template: { spec: Pod } }[];
      };
    };
    const { headGroupSpec: head, workerGroupSpecs } = cluster.spec;
    expect(cluster).toMatchObject({ apiVersion: 'ray.io/v1', kind: 'RayCluster' });
    expect(head.rayStartParams).toEqual({ 'dashboard-host': '127.0.0.1', 'num-cpus': '0' });
    const pods = [head, ...workerGroupSpecs].map(({ template }) => template.spec);
    expect(new Set(pods.map(({ containers }) => containers[0]!.image)).size).toBe(1);
    pods.forEach(requireVolumes);
  });
});
