import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { hasOpenMpi, rankProcesses, runAlone, runRanks, startRanks } from './processes.mjs';
import { outcomeOf, tableRun, writeTable } from './table.mjs';

// `npm run test:engines`: the command line, as built, on several processes of a real Open MPI; all
// messages stay on this machine. DPQUANT_REQUIRE_ENGINES=mpi makes a failure of its absence.

const isRequired = (process.env.DPQUANT_REQUIRE_ENGINES ?? '').split(',').includes('mpi');
const skip = !hasOpenMpi() && !isRequired && 'mpirun of Open MPI is not installed';

const folder = mkdtempSync(join(tmpdir(), 'dpquant-engines-'));
after(() => rmSync(folder, { recursive: true }));
const options = { cwd: folder };
const at = (name) => join(folder, name);
writeTable(at('table.csv'));
writeTable(at('other.csv'), true);

/** Shares that a run has printed, in percent. */
function sharesIn(text) {
  const [, shares] = /Shares of the examples: (.*?) · /.exec(text) ?? [];
  assert.ok(shares, `no shares in:\n${text}`);
  return shares.split(', ').map((share) => Number(/ ([\d.]+) %$/.exec(share)[1]));
}

/** Waits until a run has finished an epoch. */
async function epochOf(run) {
  const path = join(at(run), 'metrics.jsonl');
  for (let i = 0; i < 1200; i++) {
    if (existsSync(path) && readFileSync(path, 'utf8').includes('\n')) return;
    await setTimeout(50);
  }
  assert.fail('no epoch within a minute');
}

const lowPrecision = ['--policy', 'loss-aware', '--quantized-fraction', '0.5'];

void describe('dpquant train --distributed mpi', { skip, timeout: 600_000 }, () => {
  for (const [name, flags] of [
    ['in float32', ['--policy', 'full']],
    ['in four bits by loss impacts', lowPrecision],
  ]) {
    void it(`gives the same bits on 1, 2 and 4 ranks as alone ${name}`, async () => {
      const run = [...tableRun('table.csv', 12), ...flags];
      const alone = `alone ${name}`;
      const { code, text } = await runAlone([...run, '--out', alone], folder);
      assert.equal(code, 0, text);
      for (const ranks of [1, 2, 4]) {
        const out = `${ranks} ${name}`;
        const joined = [...run, '--distributed', 'mpi', '--out', out];
        const end = await runRanks([[ranks, joined]], options);
        assert.equal(end.code, 0, end.text);
        assert.deepEqual(outcomeOf(at(out)), outcomeOf(at(alone)));
        const shares = sharesIn(end.text);
        assert.equal(shares.length, ranks);
        for (const share of shares) assert.ok(share > 0, end.text);
        assert.doesNotMatch(end.text, /trusted with the examples/);
      }
    });
  }

  const joined = [...tableRun('table.csv', 4000), '--policy', 'full', '--distributed', 'mpi'];

  void it('saves on SIGINT to mpirun, and goes on with another number of ranks', async () => {
    const run = [...tableRun('table.csv', 400), '--policy', 'full'];
    const { child, end } = startRanks(
      [[2, [...run, '--distributed', 'mpi', '--out', 'stopped']]],
      options,
    );
    await epochOf('stopped');
    child.kill('SIGINT');
    const { text } = await end;
    assert.match(text, /the state is saved. Continue with: mpirun … dpquant train --resume/);
    const resumed = ['train', '--resume', '--distributed', 'mpi', '--out', 'stopped'];
    const [more, { code }] = await Promise.all([
      runRanks([[3, resumed]], options),
      runAlone([...run, '--out', 'whole'], folder),
    ]);
    assert.equal(more.code, 0, more.text);
    assert.equal(code, 0);
    assert.deepEqual(outcomeOf(at('stopped')), outcomeOf(at('whole')));
  });

  void it('ends with rank and host where a rank hangs, and with the state saved', async () => {
    const run = [...joined, '--rank-timeout', '2', '--out', 'hanging'];
    const { child, end } = startRanks([[2, run]], options);
    await epochOf('hanging');
    const [, second] = rankProcesses(child.pid);
    process.kill(second, 'SIGSTOP');
    const { code, text } = await end;
    assert.notEqual(code, 0);
    const place = `rank 1 (host ${hostname()})`;
    assert.ok(
      text.includes(`${place}: no answer for 2 s`) || text.includes('not all ranks took part'),
      text,
    );
  });

  void it('ends with rank and host where a rank dies', async () => {
    const { child, end } = startRanks([[3, [...joined, '--out', 'dying']]], options);
    await epochOf('dying');
    process.kill(rankProcesses(child.pid)[2], 'SIGKILL');
    const { code, text } = await end;
    assert.notEqual(code, 0);
    assert.match(text, /process rank 2 with PID \d+ on node \S+ exited on signal 9/);
  });

  void it('refuses ranks with other data, and other flags', async () => {
    const start = (data, ...flags) => [
      ...tableRun(data, 4),
      ...['--policy', 'full', '--distributed', 'mpi', '--out', 'refused', ...flags],
    ];
    const place = `dpquant: rank 1 (host ${hostname()}): `;
    for (const [other, problem] of [
      [start('other.csv'), 'the data set differs from that of rank 0; give all ranks the same'],
      [start('table.csv', '--clip-norm', '2'), 'clipNorm is 2, on rank 0 it is absent; give all'],
    ]) {
      const { code, text } = await runRanks(
        [
          [1, start('table.csv')],
          [1, other],
        ],
        options,
      );
      assert.equal(code, 2, text);
      assert.ok(text.includes(place + problem), text);
    }
    assert.ok(!existsSync(at('refused')));
  });

  void it('refuses to do the same several times, and to join what was started alone', async () => {
    const run = [...tableRun('table.csv', 4), '--out', 'refused'];
    const several = await runRanks([[2, run]], options);
    assert.equal(several.code, 2);
    assert.equal(several.text.match(/2 processes were started together/g).length, 1);
    const alone = await runAlone([...run, '--distributed', 'mpi'], folder);
    assert.equal(alone.code, 2);
    assert.match(
      alone.text,
      /type: mpirun -n 2 dpquant train --data table.csv .*--distributed mpi/,
    );
    assert.ok(!existsSync(at('refused')));
  });

  void it('names the remedy where the library is missing', async () => {
    const run = [...tableRun('table.csv', 4), '--distributed', 'mpi', '--out', 'refused'];
    const env = { DPQUANT_MPI_LIBRARY: '/nowhere/libmpi.so' };
    const { code, text } = await runRanks([[1, run]], { ...options, env });
    assert.equal(code, 2);
    assert.match(
      text,
      /\/nowhere\/libmpi.so cannot be loaded .*; install Open MPI \(Debian, Ubuntu/,
    );
  });
});
