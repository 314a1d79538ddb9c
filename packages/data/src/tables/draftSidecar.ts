import { unitName } from '../unitName.ts';
import { textFinder } from './cells.ts';
import { columnDraft, type ColumnDraft } from './columnDraft.ts';
import type { Sidecar } from './sidecar.ts';
import { targetNames } from './tableTargets.ts';
import { someOf } from './someOf.ts';
import { columnFinder, namesOrCountsRows, unnamedColumn, type NamedRows } from './tableColumns.ts';
import { missingSigns } from './tableOptions.ts';

export interface SidecarDraft {
  readonly sidecar: Sidecar;
  /** What remains to be done or known, one sentence each. */
  readonly notes: readonly string[];
}

/** Usual names of class columns. */
const classNamed = /^(class|target|label|outcome|y)$/i;

/**
 * Drafts a table's sidecar file from its column names and the facts given: every other column is
 * taken for a number without standardization, for the owner to correct. With `rows` the values are
 * read: the draft then includes categories, classes, means, deviations and missing cells. All of
 * that is outside the guarantee; the draft's `fromValues` names the columns concerned.
 *
 * @param rows if left out, only the names are read
 * @param known public facts, which are kept
 * @param targetsAreNumbers whether targets are not classes. Default: true for several targets, and
 *   for measured values
 * @throws DataError for facts about columns that do not exist
 */
export function draftSidecar(
  { names, rows = [] }: { readonly names: readonly string[]; readonly rows?: NamedRows['rows'] },
  file: string,
  known: Sidecar = {},
  targetsAreNumbers?: boolean,
): SidecarDraft {
  const columnOf = columnFinder({ names }, file);
  const nameOf = (name: string, option: string) => names[columnOf(name, option)]!;
  const targets = targetsOf();
  const units = (known.privacyUnit ?? []).map((name) => nameOf(name, 'privacyUnit'));
  const isMissing = textFinder(known.missingValues ?? missingSigns);
  const drafts = new Map<string, ColumnDraft>();
  if (rows.length > 0) {
    names.forEach((name, column) => {
      drafts.set(
        name,
        columnDraft(
          rows.map((cells) => cells[column]!),
          isMissing,
        ),
      );
    });
  }
  const ruled = namesIn(known.categories, known.standardization);
  const given = (name: string) => ruled.has(name);
  const wanted = (known.drop ?? []).map((name) => nameOf(name, 'drop (--drop)'));
  const weights = known.weights === undefined ? [] : [nameOf(known.weights, 'weights (--weights)')];
  const others = [...targets, ...units, ...weights, ...wanted];
  const inputs = names.filter((name) => !others.includes(name));
  const areNumbers =
    targetsAreNumbers ??
    (targets.length > 1 || (known.classNames === undefined && isMeasured(targets)));
  // Labels of 0 and 1 are not scaled.
  const scaled = targets.filter((name) => areNumbers && !given(name) && !isLabel(name));
  const undecided = inputs.filter((name) => !given(name));
  const dropped = undecided.filter(
    (name) => unnamedColumn.test(name) || namesOrCountsRows(name) || drafts.get(name)?.leaveOut,
  );
  const open = undecided.filter((name) => !dropped.includes(name));
  const words = open.filter((name) => drafts.get(name)?.categories);
  const numbers = open.filter((name) => !words.includes(name));
  const rules = typeof known.missing === 'string' ? { '*': known.missing } : known.missing;
  const withRule = namesIn(rules);
  const hasRule = (name: string) => withRule.has(name) || withRule.has('*');
  const withMissing = inputs.filter(
    (name) => !dropped.includes(name) && !hasRule(name) && drafts.get(name)?.hasMissing,
  );
  const classNames = areNumbers
    ? undefined
    : (known.classNames ?? drafts.get(targets[0] ?? '')?.values);
  const fromValues = rows.length === 0 ? [] : namesFromValues();
  const answers = {
    ...(targets.length > 0 && { targets: targets.length === 1 ? targets[0]! : targets }),
    ...(classNames && { classNames }),
  };
  const sidecar: Sidecar = {
    ...answers,
    ...known,
    ...answers,
    ...(known.header === false && known.columns === undefined && { columns: names }),
    ...(wanted.length + dropped.length > 0 && { drop: [...wanted, ...dropped] }),
    categories: {
      ...known.categories,
      ...Object.fromEntries(words.map((name) => [name, drafts.get(name)!.categories!])),
    },
    standardization: {
      ...known.standardization,
      ...Object.fromEntries(
        [...scaled, ...numbers].map((name) => [name, drafts.get(name)?.scale ?? asItIs]),
      ),
    },
    ...missingRules(),
    ...(drafts.size > 0 && numbers.some((name) => drafts.get(name)!.hasDecimalComma)
      ? { decimalComma: true }
      : {}),
    ...(fromValues.length > 0 && { fromValues }),
  };
  return { sidecar, notes: notes() };

  function namesFromValues(): string[] {
    const looked = names.filter(
      (name) =>
        open.includes(name) ||
        withMissing.includes(name) ||
        (drafts.get(name)?.leaveOut !== undefined && dropped.includes(name)),
    );
    const isClass = !areNumbers && known.classNames === undefined;
    return [...(isClass ? targets : scaled), ...looked];
  }

  function targetsOf(): readonly string[] {
    if (known.targets === undefined) {
      return names.filter((name) => classNamed.test(name)).slice(0, 1);
    }
    const option = 'the class, or the targets: targets (--targets)';
    return targetNames(names, known.targets).map((name) => nameOf(name, option));
  }

  function isMeasured([name, ...others]: readonly string[]): boolean {
    return others.length === 0 && name !== undefined && drafts.get(name)?.isMeasured === true;
  }

  function isLabel(name: string): boolean {
    return drafts.get(name)?.values?.every((value) => value === '0' || value === '1') === true;
  }

  function missingRules(): Pick<Sidecar, 'missing'> {
    if (typeof known.missing === 'string') return { missing: known.missing };
    const found = withMissing.map((name) => [name, 'indicator'] as const);
    const rules = { ...Object.fromEntries(found), ...known.missing };
    return Object.keys(rules).length === 0 ? {} : { missing: rules };
  }

  function numberNotes(): string[] {
    const labels = targets.filter(isLabel);
    const task =
      labels.length === targets.length && labels.length > 0 ? 'multilabel' : 'regression';
    return [
      `"targets": ${someOf(targets)}: taken for numbers: train with --task ${task}` +
        (scaled.length > 0 && rows.length === 0
          ? '; numbers far from the range of -1 to 1 need a mean and a deviation that are public, labels of 0 and 1 none'
          : ''),
    ];
  }

  function notes(): string[] {
    const unread = dropped.filter((name) => drafts.get(name)?.leaveOut);
    const ids = dropped.filter((name) => !unread.includes(name));
    return [
      ...(targets.length === 0 ? ['"targets": name the column of the class'] : []),
      ...(classNames || areNumbers
        ? []
        : ['"classNames": list the classes, as they are written in the table']),
      ...(areNumbers ? numberNotes() : []),
      ...(ids.length > 0
        ? [
            `"drop": ${someOf(ids)}: named as what names or counts the rows; the name of a person is the "privacyUnit"`,
          ]
        : []),
      ...unread.map((name) => `"drop": ${name} holds ${drafts.get(name)!.leaveOut!}`),
      ...(rows.length === 0 && numbers.length > 0
        ? [
            `"standardization": ${someOf(numbers)}: taken for numbers; give means and deviations that are public, ` +
              'and move columns of words to "categories", as {"ward": ["A", "B", "*"]}, with * for all other values, ' +
              'or to "drop"',
            '"missing": "indicator" if cells may be missing',
          ]
        : []),
    ];
  }
}

/** Names of columns that any of these rules mentions, in the form of `unitName`. */
const namesIn = (...rules: readonly (object | undefined)[]) =>
  new Set(rules.flatMap((ofColumns) => Object.keys(ofColumns ?? {})).map(unitName));

const asItIs = { mean: 0, deviation: 1 };
