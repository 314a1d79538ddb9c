/** Separators of cells; `space` stands for any run of blanks and tabs. */
export const delimiters = { comma: ',', semicolon: ';', tab: '\t', pipe: '|', space: ' ' } as const;

export type Delimiter = (typeof delimiters)[keyof typeof delimiters];

/** The format of a table's text. */
export interface TableForm {
  /**
   * Separator of the cells. Default: the one of `,`, `;`, tab and `|` that the header contains; `,`
   * if there is no header.
   */
  readonly delimiter?: Delimiter | undefined;
  /** Quote character around cells that contain separators. Default `"`; '' for none. */
  readonly quote?: string | undefined;
  /** Whether the first line names the columns. Default true; false if `columns` names them. */
  readonly header?: boolean | undefined;
  /** Names of the columns of a table without a header. Default column1, column2, … */
  readonly columns?: readonly string[] | undefined;
  /** Number of lines to skip before the header or first row. Default 0. */
  readonly skipLines?: number | undefined;
  /** Whether numbers have a decimal comma, such as 3,5, and no decimal point. Default false. */
  readonly decimalComma?: boolean | undefined;
}

/**
 * What to do with a missing cell: refuse it; replace it by a number or a category; or `indicator`,
 * which adds an input that is 1 if the cell is missing, else 0. The cell itself then counts as the
 * public mean, or as none of the categories.
 */
export type MissingRule = 'refuse' | 'indicator' | number | (string & {});

/**
 * Public facts about a table: none may be taken from the private rows, and each row is encoded
 * independently of the others.
 */
export interface CsvOptions extends TableForm {
  /**
   * Column of the class (default class). If targets are numbers: their columns (default target),
   * several as a list or separated by commas.
   */
  readonly targets?: string | readonly string[] | undefined;
  /** Values of the class column in the order of their indices. Default: cells are the indices. */
  readonly classNames?: readonly string[] | undefined;
  /** Columns whose combined values are the privacy unit; not inputs. Default: each row. */
  readonly privacyUnit?: readonly string[] | undefined;
  /**
   * Column of the weight of each row's loss, at least 0; not an input. Must be public or a function
   * of that row alone. Default: all 1.
   */
  readonly weights?: string | undefined;
  /** Public upper bound of the weights. Default 1. */
  readonly greatestWeight?: number | undefined;
  /** Columns to leave out. */
  readonly drop?: readonly string[] | undefined;
  /**
   * Values of each categorical column, which is encoded one-hot; `*` stands for all other values.
   */
  readonly categories?: Readonly<Record<string, readonly string[]>> | undefined;
  /**
   * Public mean and standard deviation of numeric columns (inputs, numeric targets, weights), which
   * become (value − mean) / deviation.
   */
  readonly standardization?:
    Readonly<Record<string, { readonly mean: number; readonly deviation: number }>> | undefined;
  /**
   * What to do with missing cells, by column; a single rule, or `*`, is for all other inputs.
   * Numeric targets need a rule of their own, which may only be `refuse` or a number. Default
   * refuse.
   */
  readonly missing?: 'refuse' | 'indicator' | Readonly<Record<string, MissingRule>> | undefined;
  /** Texts that mark a cell as missing. Default `missingSigns`. */
  readonly missingValues?: readonly string[] | undefined;
  /** Replacements of texts by column, applied first, such as {"income": {">50K.": ">50K"}}. */
  readonly replace?: Readonly<Record<string, Readonly<Record<string, string>>>> | undefined;
  /**
   * Columns whose facts here were taken from the rows, such as in a draft: this is outside the
   * guarantee, and a warning says so.
   */
  readonly fromValues?: readonly string[] | undefined;
}

/** Texts that mark a cell as missing by default. */
export const missingSigns: readonly string[] = [
  ...['', '?', 'NA', 'N/A', 'n/a', '#N/A', '<NA>', 'NaN', 'nan', 'NULL', 'null', 'None'],
];
