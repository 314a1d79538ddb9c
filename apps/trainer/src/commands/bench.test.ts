import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { stopBackends } from '@dpquant/backends';
import { dpquant } from '../testing/recordedCommand.ts';

jest.setTimeout(120_000);
afterEach(stopBackends);

const small = ['--backend', 'wasm', '--model', 'small-cnn', '--batch-size', '8', '--steps', '1'];

interface Answer {
  readonly quantizedFraction: number;
  readonly imagesPerSecond: readonly {
    readonly float32: number;
    readonly formats: Readonly<Record<string, number>>;
    readonly luqFp4?: number;
    readonly int8?: number;
  }[];
}

async function rates(...flags: string[]) {
  const { out, err } = await dpquant('bench', ...small, ...flags, '--json');
  return { answer: JSON.parse(out) as Answer, said: err.join('\n') };
}

describe('bench', () => {
  it('holds luq-fp4 and int8 against float32, for people', async () => {
    const { code, out, err } = await dpquant('bench', ...small);
    expect({ code, out }).toEqual({ code: 0, out: '' });
    const text = err.join('\n');
    expect(text).toMatch(/^wasm: .*; products: integer \(.+\)$/m);
    expect(text).toMatch(/^small-cnn: all \d layers in luq-fp4, then in int8 …$/m);
    expect(text).toMatch(/^images\/s +float32 +luq-fp4 +\/ float32 +int8 +\/ float32$/m);
    const row = /^wasm +([\d.]+) +([\d.]+) +([\d.]+) +([\d.]+) +([\d.]+)$/m.exec(text)!;
    const [float32, luqFp4, luqRatio, int8, int8Ratio] = row.slice(1).map(Number);
    expect(luqRatio).toBeCloseTo(luqFp4! / float32!, 1);
    expect(int8Ratio).toBeCloseTo(int8! / float32!, 1);
  });

  it('gives programs a rate for each format', async () => {
    const { imagesPerSecond } = (await rates()).answer;
    expect(imagesPerSecond).toEqual([
      expect.objectContaining({ backend: 'wasm', device: expect.any(String) }),
    ]);
    const [{ float32, formats, luqFp4, int8 }] = imagesPerSecond as [Answer['imagesPerSecond'][0]];
    expect(formats).toEqual({ 'luq-fp4': luqFp4, int8 });
    for (const rate of [float32, luqFp4, int8]) expect(rate).toBeGreaterThan(0);
  });

  it('times another format in place of these, in some of the layers', async () => {
    const { answer, said } = await rates('--format', 'int4-luq', '--quantized-fraction', '0.5');
    expect(answer.quantizedFraction).toBe(0.5);
    const [rate] = answer.imagesPerSecond;
    expect(rate!.formats).toEqual({ 'int4-luq': expect.any(Number) });
    expect(rate).not.toHaveProperty('luqFp4');
    expect(rate).not.toHaveProperty('int8');
    expect(said).toMatch(/^small-cnn: \S+ \S+ in int4-luq …$/m);
    expect(said).not.toMatch(/all \d layers/);
  });

  it('computes on as many threads as it is told', async () => {
    const { said } = await rates('--threads', '1', '--format', 'int8');
    expect(said).toMatch(/^wasm: WebAssembly with SIMD, one thread; /m);
  });

  it('multiplies codes as it is told', async () => {
    const { answer, said } = await rates('--products', 'float32', '--format', 'int8');
    expect(said).toMatch(/^wasm: .*; products: float32 \(asked for\)/);
    expect(answer).toMatchObject({
      imagesPerSecond: [{ products: { arithmetic: 'float32', reason: 'asked for' } }],
    });
  });

  it.each([
    [['--format', 'float32'], /^dpquant: format: float32 is timed anyway/],
    [['--format', 'int9'], /--format.*Expected one of float32, .*int8/],
    [['--backend', 'cpu', '--threads', '2'], /^dpquant: threads: .* no effect under --backend cpu/],
    [['--format', 'fp16', '--products', 'integer'], /^dpquant: products: .* --format fp16, whose/],
    [['--quantized-fraction', '0'], /Expected a number above 0 and up to 1/],
    [
      ['--quantized-fraction', '0.1'],
      /^dpquant: quantized-fraction: 0\.1 of the \d layers of small-cnn is none/,
    ],
  ])('refuses %j', async (flags, message) => {
    const { code, out, err } = await dpquant('bench', ...small, ...flags);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err.at(-1)).toMatch(message);
  });

  it('refuses a backend that does not run here', async () => {
    const { code, err } = await dpquant('bench', '--backend', 'node');
    expect(code).toBe(1);
    expect(err.join('\n')).toMatch(/tfjs-node is not installed; run: npm install/);
  });
});
