import { describe, expect, it, jest } from '@jest/globals';
import { dpquant, recorder } from '../testing/recordedCommand.ts';
import { auditCommand } from './audit.ts';
import { registerSkippedClipping } from '../testing/skippedClipping.ts';

jest.setTimeout(60_000);

const dpquantAudit = (...args: string[]) => dpquant('audit', ...args);

const small = ['--sample-rate', '1', '--steps', '1', '--canaries', '5000', '--guesses', '300'];

describe('audit', () => {
  it('says what it audits, what it found and how sure it is', async () => {
    const { code, out, err } = await dpquantAudit(...small, '--insecure-seed', '1');
    expect([code, out]).toEqual([0, '']);
    expect(err).toEqual([
      expect.stringMatching(/in float32 on 5000 canaries; .* no private data is touched/),
      expect.stringMatching(/Goal: ε ≤ 2 at δ = 0\.00001, .* multiplier 1\.994, 1 step at .* 1$/),
      expect.stringMatching(/No privacy guarantee.*--insecure-seed/),
      expect.stringMatching(
        /ε = 2\.000 .* by \d+ right guesses of 300: ε ≥ [01]\.\d{3}, with 95 % confidence/,
      ),
      expect.stringMatching(/^Consistent in 0:\d\d: the bound is within the claim$/),
    ]);
  });

  it('prints one JSON object', async () => {
    const { code, out } = await dpquantAudit(...small, '--json', '--significance', '0.01');
    expect(code).toBe(0);
    const report = JSON.parse(out) as Record<string, unknown>;
    expect(report).toMatchObject({
      consistent: true,
      delta: 1e-5,
      significance: 0.01,
      canaries: 5000,
      guesses: 300,
      sampleRate: 1,
      steps: 1,
      format: 'float32',
      guarantee: 'differential privacy',
      backend: 'wasm',
    });
    expect(report['epsilonClaimed']).toBeCloseTo(2, 5);
    expect(report['epsilonLowerBound']).toBeLessThan(2);
    expect(report['correct']).toBeGreaterThan(150);
    expect(report['seconds']).toBeGreaterThan(0);
  });

  it('guesses one canary in a hundred unless told, and takes several numbers', async () => {
    const few = ['--canaries', '1000', '--steps', '1', '--json'];
    expect(JSON.parse((await dpquantAudit(...few)).out)).toMatchObject({ guesses: 10 });
    const several = await dpquantAudit(...few, '--guesses', '50,200');
    expect([50, 200]).toContain((JSON.parse(several.out) as { guesses: number }).guesses);
  });

  it('warns of an audit that could not refute anything', async () => {
    const { err } = await dpquantAudit('--canaries', '1000', '--steps', '1');
    expect(err.join('\n')).toMatch(/warning: all guesses right would show ε ≥ 1\.\d+ only/);
    expect((await dpquantAudit(...small)).err.join('\n')).not.toMatch(/warning/);
  });

  it('ends with 1 when the bound passes the claim', async () => {
    const { terminal, out, err } = recorder();
    let exitCode = 0;
    const command = auditCommand(terminal, (code) => (exitCode = code), {
      clipping: registerSkippedClipping(),
    });
    await command.parseAsync([...small, '--json'], { from: 'user' });
    expect(exitCode).toBe(1);
    expect(JSON.parse(out[0]!)).toMatchObject({ consistent: false, correct: 300 });
    expect(err.at(-1)).toMatch(/^Refuted in .*passes the claim; do not trust/);
  });

  it.each([
    [['--canaries', '100', '--guesses', '101'], /guesses: .*up to the 100 canaries.*got 101/],
    [['--canaries', '1000001'], /canaries.*from 1 to 1000000/],
    [['--guesses', '10,'], /guesses.*whole number/],
    [['--significance', '1'], /significance.*between 0 and 1/],
    [['--epsilon', '0'], /epsilon.*positive/],
    [['--epsilon', '1e-12', '--delta', '1e-30'], /epsilon: .*out of reach/],
    [['--sample-rate', '1.5'], /sample-rate.*up to 1/],
    [['--format', 'fp3'], /format.*float32, luq-fp4/],
  ])('refuses %j', async (args, message) => {
    const { code, out, err } = await dpquantAudit(...args);
    expect([code, out]).toEqual([2, '']);
    expect(err).toEqual([expect.stringMatching(message)]);
  });

  it('teaches by examples', async () => {
    const { code, out } = await dpquantAudit('--help');
    expect(code).toBe(0);
    expect(out).toMatch(/Examples:\n {2}dpquant audit/);
  });
});
