import { signal } from '@preact/signals';
import { addressState, route, setAddressState } from '../page/route.ts';
import type {
  BudgetAnswer,
  BudgetMessage,
  BudgetQuestion,
  BudgetRequest,
  LedgerSpending,
} from './messages.ts';

const first: BudgetQuestion = {
  wanted: 'noiseMultiplier',
  ...{ epsilon: 3, delta: 1e-5, noiseMultiplier: 1, steps: 1000, sampleRate: 0.02 },
};

/** What the address holds of a question; else the first. */
function questionOfAddress(): BudgetQuestion {
  const state = addressState();
  const numbers = (['epsilon', 'delta', 'noiseMultiplier', 'steps', 'sampleRate'] as const).map(
    (name) => [name, Number(state.get(name))] as const,
  );
  const given = numbers.filter(([, value]) => value > 0 && Number.isFinite(value));
  const wanted = state.get('wanted');
  const isKnown = wanted === 'epsilon' || wanted === 'noiseMultiplier' || wanted === 'steps';
  return { ...first, ...Object.fromEntries(given), ...(isKnown && { wanted }) };
}

export const question = signal(questionOfAddress());
export const answer = signal<BudgetAnswer | null>(null);
export const ledgers = signal<{ each: readonly LedgerSpending[]; total: number } | null>(null);
export const problem = signal<string | null>(null);
export const isComputing = signal(false);

let worker: Worker | null = null;
let latest = 0;

type Asked<Kind extends BudgetRequest['kind']> = Omit<Extract<BudgetRequest, { kind: Kind }>, 'id'>;

/** Asks the worker; only what answers the latest question is shown. */
function ask(request: Asked<'budget'> | Asked<'ledgers'>): void {
  worker ??= new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
  worker.onmessage = ({ data }: MessageEvent<BudgetMessage>) => {
    if (data.id === latest) receive(data);
  };
  isComputing.value = true;
  latest++;
  worker.postMessage({ ...request, id: latest });
}

function receive(message: BudgetMessage): void {
  isComputing.value = false;
  problem.value = message.kind === 'failed' ? message.message : null;
  if (message.kind === 'budget') answer.value = message.answer;
  if (message.kind === 'ledgers') ledgers.value = message;
}

export function compute(changes: Partial<BudgetQuestion> = {}): void {
  question.value = { ...question.value, ...changes };
  if (route.value === 'budget') {
    const texts = Object.entries(question.value).map(([name, value]) => [name, String(value)]);
    setAddressState(Object.fromEntries(texts) as Record<string, string>);
  }
  ask({ kind: 'budget', question: question.value });
}

export async function readLedgers(files: FileList): Promise<void> {
  const texts = await Promise.all(
    [...files].map(async (file) => ({ name: file.name, text: await file.text() })),
  );
  ask({ kind: 'ledgers', delta: question.value.delta, ledgers: texts });
}
