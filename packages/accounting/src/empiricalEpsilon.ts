/** Read once, because reading `Math` is slow in the sandbox of a test runner. */
const { exp, log, log1p } = Math;

/** How well an attacker guessed, from the release of one run, which canaries were in its data. */
export interface CanaryGuesses {
  /** Number of canaries, each in the data with probability ½, independently of everything else. */
  readonly canaries: number;
  /** Number of canaries guessed to be in the data; the attacker may abstain on the others. */
  readonly guesses: number;
  /** Number of correct guesses. */
  readonly correct: number;
  /** δ of the guarantee that is tested, in [0, 1). */
  readonly delta: number;
  /** Probability with which the answer may exceed the true ε, in (0, 1): 1 − confidence. */
  readonly significance: number;
}

/** Width of the last bracket of the search. */
const tolerance = 1e-9;

/**
 * A lower bound on ε from one run: the largest ε that the guesses refute at the significance, 0 if
 * they refute none (Steinke, Nasr, Jagielski, "Privacy auditing with one (1) training run", arXiv
 * 2305.08846).
 *
 * Guarantee: for a mechanism that is (ε, δ)-differentially private under adding or removing one
 * canary, the answer exceeds ε with probability at most `significance`, for any attacker. The
 * number of guesses must not depend on which of them are right: fix it beforehand, or use
 * `bestEmpiricalEpsilon`. The answer is a lower bound, also after rounding.
 *
 * The p-value of ε is β + 2mδα, with m canaries, v of r guesses correct, and N binomial of r trials
 * that succeed with probability 1/(1 + e^−ε): β = P[N ≥ v], α = max_{1≤i≤v} P[v − i ≤ N < v]/i.
 *
 * @throws RangeError for counts that do not fit together, a δ or a significance out of range
 */
export function empiricalEpsilon(outcome: CanaryGuesses): number {
  requireOutcome(outcome);
  const { significance } = outcome;
  const pValue = pValueOf(outcome);
  if (pValue(0) > significance) return 0;
  let low = 0;
  let high = 1;
  while (pValue(high) <= significance) [low, high] = [high, 2 * high];
  while (high - low > tolerance) {
    const middle = (low + high) / 2;
    if (pValue(middle) <= significance) low = middle;
    else high = middle;
  }
  return low;
}

/**
 * An upper bound of the probability of guesses at least as good as these under an ε-private
 * mechanism.
 */
function pValueOf({ canaries, guesses, correct, delta }: CanaryGuesses) {
  const { logs, relativeError } = logBinomials(guesses);
  return (epsilon: number): number => {
    const logRight = -log1p(exp(-epsilon));
    const logWrong = logRight - epsilon;
    const probability = (k: number) => exp(logs[k]! + k * logRight + (guesses - k) * logWrong);
    let beta = 0;
    for (let k = guesses; k >= correct; k--) beta += probability(k);
    let alpha = 0;
    let below = 0;
    for (let i = 1; i <= correct; i++) {
      below += probability(correct - i);
      if (below > i * alpha) alpha = below / i;
    }
    const parts = guesses * (1 + epsilon);
    return (beta + 2 * canaries * delta * alpha) * (1 + relativeError + parts * Number.EPSILON);
  };
}

/**
 * log C(n, k) for k from 0 to n, and the largest relative amount by which e^ of one may be too
 * small.
 */
function logBinomials(n: number) {
  const logs = new Float64Array(n + 1);
  for (let k = 1; k <= n; k++) logs[k] = logs[k - 1]! + log((n - k + 1) / k);
  return { logs, relativeError: n * (1 + logs[n >> 1]!) * Number.EPSILON };
}

function requireOutcome({ canaries, guesses, correct, delta, significance }: CanaryGuesses): void {
  const check = (name: string, value: number, ok: boolean, expected: string) => {
    if (!ok) throw new RangeError(`${name}: expected ${expected}, got ${value}`);
  };
  const isCount = (value: number, greatest: number) =>
    Number.isInteger(value) && value >= 0 && value <= greatest;
  check(
    'canaries',
    canaries,
    isCount(canaries, 2 ** 31) && canaries > 0,
    'a whole number from 1 to 2^31',
  );
  check(
    'guesses',
    guesses,
    isCount(guesses, canaries),
    `a whole number up to the ${canaries} canaries; abstain on some, or count all canaries`,
  );
  check(
    'correct',
    correct,
    isCount(correct, guesses),
    `a whole number up to the ${guesses} guesses; count only guesses that were made`,
  );
  check('delta', delta, delta >= 0 && delta < 1, 'a number in [0, 1), the δ of the guarantee');
  check(
    'significance',
    significance,
    significance > 0 && significance < 1,
    'a probability in (0, 1), 1 − confidence: 0.05 for 95 %',
  );
}
