import {
  calibrateNoiseMultiplier,
  createAccountant,
  gaussian,
  largestStepCount,
  poissonSampled,
  PrivacyLedger,
  privacyCurve,
  selfComposed,
} from '@dpquant/accounting';
import type { BudgetAnswer, BudgetMessage, BudgetQuestion, BudgetRequest } from './messages.ts';

// Accounting takes tens of milliseconds a point: not on the thread that draws the page.

const points = 24;

onmessage = ({ data }: MessageEvent<BudgetRequest>) => {
  try {
    postMessage(answer(data));
  } catch (error) {
    const { message } = error as Error;
    postMessage({ id: data.id, kind: 'failed', message } satisfies BudgetMessage);
  }
};

function answer(request: BudgetRequest): BudgetMessage {
  const { id } = request;
  if (request.kind === 'budget') return { id, kind: 'budget', answer: budget(request.question) };
  const ledgers = request.ledgers.map(({ name, text }) => ({
    name,
    ledger: PrivacyLedger.fromJSON(JSON.parse(text)),
  }));
  const all = createAccountant('pld');
  for (const { event, count } of ledgers.flatMap(({ ledger }) => ledger.entries)) {
    all.compose(event, count);
  }
  return {
    ...{ id, kind: 'ledgers' },
    each: ledgers.map(({ name, ledger }) => ({
      name,
      epsilon: ledger.epsilon(request.delta),
      hasGuarantee: ledger.guarantee !== 'none',
    })),
    total: all.epsilon(request.delta),
  };
}

function budget(question: BudgetQuestion): BudgetAnswer {
  const values = solved(question);
  const { noiseMultiplier, sampleRate, steps, delta, epsilon } = values;
  const event = poissonSampled(sampleRate, gaussian(noiseMultiplier));
  const upTo = Array.from({ length: points }, (_, i) => Math.ceil(((i + 1) * steps) / points));
  const span = Math.max(2 * epsilon, 1);
  return {
    values,
    overSteps: privacyCurve({ event, delta, steps: [...new Set(upTo)] }),
    overEpsilon: privacyCurve({
      event: selfComposed(event, steps),
      epsilons: Array.from({ length: points }, (_, i) => (i * span) / (points - 1)),
    }),
  };
}

/** The question with its wanted value. */
function solved(question: BudgetQuestion): BudgetQuestion {
  const { wanted, epsilon, delta, noiseMultiplier, steps, sampleRate } = question;
  if (wanted === 'noiseMultiplier') {
    const found = calibrateNoiseMultiplier({ epsilon, delta, steps, sampleRate });
    return { ...question, noiseMultiplier: found };
  }
  const event = poissonSampled(sampleRate, gaussian(noiseMultiplier));
  if (wanted === 'steps') {
    return { ...question, steps: largestStepCount({ epsilon, delta, event }) };
  }
  const accountant = createAccountant('pld');
  accountant.compose(event, steps);
  return { ...question, epsilon: accountant.epsilon(delta) };
}
