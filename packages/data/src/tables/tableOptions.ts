/** Signs between the cells of a row; a blank stands for any run of blanks and tabs. */
export const delimiters = { comma: ',', semicolon: ';', tab: '\t', pipe: '|', space: ' ' } as const;

export type Delimiter = (typeof delimiters)[keyof typeof delimiters];

/** How a table is written. */
export interface TableForm {
  /**
   * What separates the cells. By default the one of `,`, `;`, tab and `|` that the header has; `,`
   * in a table without one.
   */
  readonly delimiter?: Delimiter | undefined;
  /** The sign around cells that hold separators. Default `"`; '' for none. */
  readonly quote?: string | undefined;
  /** Whether the first line names the columns. Default true; false where `columns` names them. */
  readonly header?: boolean | undefined;
  /** Names of the columns of a table without a header; by default column1, column2, … */
  readonly columns?: readonly string[] | undefined;
  /** Lines before the header, or the first row, that are passed over. Default 0. */
  readonly skipLines?: number | undefined;
  /** Whether 3,5 is a number, and 3.5 is none. Default false. */
  readonly decimalComma?: boolean | undefined;
}

/**
 * What becomes of a missing cell: refused; a number, or one of the categories, in its place; or
 * `indicator`, an input more that is 1 where the cell is missing, and else 0. The value itself is
 * then the public mean, or no category.
 */
export type MissingRule = 'refuse' | 'indicator' | number | (string & {});

/**
 * What is public about a table: nothing of it is taken from the private rows, and what it makes of
 * a row depends on that row alone.
 */
export interface CsvOptions extends TableForm {
  /**
   * Column of the class, by default class. Where targets are numbers: their columns, of which
   * several are in a list or between commas; by default target.
   */
  readonly targets?: string | readonly string[] | undefined;
  /** Values of the class column in the order of their indices; whole numbers by default. */
  readonly classNames?: readonly string[] | undefined;
  /** Columns whose combination is the privacy unit, no inputs then; each row by default. */
  readonly privacyUnit?: readonly string[] | undefined;
  /**
   * Column of the weight of each row's loss, no input then: public, or a function of that row
   * alone; at least 0. Default 1 each.
   */
  readonly weights?: string | undefined;
  /** Public: no weight may be above it. Default 1. */
  readonly greatestWeight?: number | undefined;
  /** Columns that are left out. */
  readonly drop?: readonly string[] | undefined;
  /**
   * Values of each categorical column, which becomes as many inputs of 0 and 1; `*` among them
   * stands for all others.
   */
  readonly categories?: Readonly<Record<string, readonly string[]>> | undefined;
  /**
   * Public mean and standard deviation of numeric columns, of inputs, of targets that are numbers
   * and of weights, which become (value − mean) / deviation.
   */
  readonly standardization?:
    Readonly<Record<string, { readonly mean: number; readonly deviation: number }>> | undefined;
  /**
   * What becomes of missing cells, by column; under `*`, or alone, of all other inputs. Default
   * refuse. Of targets that are numbers only by column, and only refused or a number.
   */
  readonly missing?: 'refuse' | 'indicator' | Readonly<Record<string, MissingRule>> | undefined;
  /** What says that a cell is missing. Default `missingSigns`. */
  readonly missingValues?: readonly string[] | undefined;
  /**
   * Texts that stand for others, by column, as {"income": {">50K.": ">50K"}}; done first of all.
   */
  readonly replace?: Readonly<Record<string, Readonly<Record<string, string>>>> | undefined;
  /**
   * Columns of which something here was taken from the rows, as a draft may be: that is outside the
   * guarantee, and a warning says so.
   */
  readonly fromValues?: readonly string[] | undefined;
}

/** What says that a cell is missing, unless `missingValues` does. */
export const missingSigns: readonly string[] = [
  ...['', '?', 'NA', 'N/A', 'n/a', '#N/A', '<NA>', 'NaN', 'nan', 'NULL', 'null', 'None'],
];
