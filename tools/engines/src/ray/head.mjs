import { spawn } from 'node:child_process';
import { mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { RayJobs } from '@dpquant/experiments';

/** Milliseconds that a head may take to answer on a busy machine. */
const longestStart = 120_000;

/** A head of Ray on loopback, with nodes of its own: it is started anew at the same address. */
export class RayHead {
  #program;
  #ports;
  #folder;
  #child = null;

  /** @param program the command `ray` */
  static async make(program) {
    const head = new RayHead();
    head.#program = program;
    head.#ports = await freePorts(9);
    // Short: the paths of its sockets have no room for more.
    head.#folder = mkdtempSync(join(tmpdir(), 'ray-'));
    return head;
  }

  get address() {
    return new URL(`http://127.0.0.1:${this.#ports[1]}`);
  }

  async start() {
    const [gcs, dashboard, agent, agentRpc, environments, nodes, objects, client, metrics] =
      this.#ports;
    const log = join(this.#folder, 'head.log');
    const output = openSync(log, 'a');
    this.#child = spawn(
      this.#program,
      [
        ...['start', '--head', '--block', '--disable-usage-stats', '--num-cpus=2'],
        // 127.0.0.1 would be replaced by the address of the machine.
        ...['--node-ip-address=127.0.0.2', '--dashboard-host=127.0.0.1'],
        ...[`--port=${gcs}`, `--dashboard-port=${dashboard}`],
        ...[`--dashboard-agent-listen-port=${agent}`, `--dashboard-agent-grpc-port=${agentRpc}`],
        ...[`--runtime-env-agent-port=${environments}`, `--node-manager-port=${nodes}`],
        ...[`--object-manager-port=${objects}`, `--ray-client-server-port=${client}`],
        ...[`--metrics-export-port=${metrics}`, '--min-worker-port=0', '--max-worker-port=0'],
        ...['--object-store-memory=80000000', `--temp-dir=${this.#folder}/r`],
      ],
      { detached: true, stdio: ['ignore', output, output] },
    );
    const jobs = new RayJobs(this.address);
    const deadline = performance.now() + longestStart;
    for (;;) {
      try {
        await jobs.list();
        return;
      } catch (error) {
        if (this.#child.exitCode !== null || performance.now() > deadline) {
          throw new Error(`Ray does not start:\n${readFileSync(log, 'utf8')}`, { cause: error });
        }
        await setTimeout(200);
      }
    }
  }

  /** Ends its processes at once, as a machine that fails: they are the group of the first one. */
  async kill() {
    const child = this.#child;
    this.#child = null;
    if (!child || child.exitCode !== null) return;
    const end = new Promise((resolve) => child.on('exit', resolve));
    process.kill(-child.pid, 'SIGKILL');
    await end;
  }

  async close() {
    await this.kill();
    // Its workers end when they notice, and write until then.
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 500 });
  }
}

async function freePorts(count) {
  const servers = await Promise.all(
    Array.from({ length: count }, () => {
      const server = createServer();
      return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
    }),
  );
  const ports = servers.map((server) => server.address().port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
