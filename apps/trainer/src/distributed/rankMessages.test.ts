import { describe, expect, it } from '@jest/globals';
import { rankLines, shareLine } from './rankMessages.ts';

const wasm = 'wasm: WebAssembly with SIMD, 8 threads';
const member = (rank: number, host: string, device = wasm) => ({ rank, host, device });

describe('rankLines', () => {
  it('is one line on one machine, without a notice', () => {
    expect(rankLines([member(0, 'a'), member(1, 'a')], 'Open MPI v4.1.4')).toEqual([
      `2 ranks on 1 host by Open MPI v4.1.4, each on ${wasm}`,
    ]);
  });

  it('names each rank on several machines, and whom the examples are trusted to', () => {
    const lines = rankLines([member(0, 'a'), member(1, 'b')], 'Open MPI v4.1.4');
    expect(lines.slice(1, 3)).toEqual([`rank 0 (host a): ${wasm}`, `rank 1 (host b): ${wasm}`]);
    expect(lines[3]).toMatch(
      /^Note: un-noised sums.* go between a, b as they are, not encrypted.*VPN$/,
    );
  });

  it('says which ranks have no graphics processor', () => {
    const members = [member(0, 'a', 'webgpu: WebGPU on x'), member(1, 'a')];
    expect(rankLines(members, 'e').at(-1)).toMatch(
      /different backends \(webgpu on rank 0 \(host a\); wasm on rank 1 \(host a\)\)/,
    );
  });

  it('leaves out what nobody would read', () => {
    const many = Array.from({ length: 64 }, (_, rank) => member(rank, `host${rank}`));
    expect(rankLines(many, 'e')).toHaveLength(1 + 16 + 1 + 1);
  });
});

describe('shareLine', () => {
  it('tells shares and times, and no numbers of examples', () => {
    const times = { computing: 9, waiting: 0.8, engine: 0.2 };
    expect(shareLine([member(0, 'a'), member(1, 'a')], [0.25, 0.75], times)).toBe(
      'Shares of the examples: rank 0 25.0 %, rank 1 75.0 % · of the time of steps and analyses the engine took ' +
        '2.0 %, waiting for slower ranks 8.0 %',
    );
  });
});
