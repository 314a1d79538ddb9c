import * as parse from './argumentParsers.ts';
import {
  parseCategories,
  parseDelimiter,
  parseMissing,
  parseQuote,
  parseStandardization,
} from './columnArguments.ts';
import { newSwitchOff, optional, switchOn } from './flags.ts';

/** Flags of the commands that read data: what of a file is which, and what of it is public. */
export const dataFlags = {
  privacyUnit: optional(
    '<names>',
    'arrays or columns whose combination is what privacy protects, as y,track, or a pattern whose groups name it in the files of a folder (each example)',
    parse.text,
  ),
  classCount: optional(
    '<n>',
    'public number of classes, where --data does not name them (counted from the labels)',
    parse.count,
  ),
  classNames: optional(
    '<names>',
    "or: public names of the classes, as no,yes; of several outputs 'label=no,yes;kind=a,b,c'",
    parse.text,
  ),
  inputs: optional(
    '<names>',
    'NPZ: array of the inputs (x, or another usual name); of several inputs of a model image,age or image=array,age=array',
    parse.text,
  ),
  targets: optional(
    '<names>',
    'NPZ, tables: array or column of the classes (y, class); of numbers and labels of a table columns, as price or left,right (target); of several outputs the arrays of their names, or label=array,age=array',
    parse.text,
  ),
  weights: optional(
    '<name>',
    "NPZ, tables: array or column of what each example's loss is multiplied by: public, or a function of that example alone (1 each)",
    parse.text,
  ),
  greatestWeight: optional(
    '<w>',
    'public: no weight of --weights may be above it; of weights above 1 clipping leaves little (1)',
    parse.positiveNumber,
  ),
  categories: optional(
    '<columns>',
    "tables: public values of columns that are no numbers, as 'ward=A,B,*;sex=f,m'; * for all others",
    parse.textFor(parseCategories),
  ),
  standardization: optional(
    '<columns>',
    "tables: public mean and deviation of columns, of targets that are numbers too, as 'age=40,10;income=3e4,1e4'",
    parse.textFor(parseStandardization),
  ),
  drop: optional('<columns>', 'tables: columns that are left out, as id,name', parse.text),
  missing: optional(
    '<rules>',
    "tables: what becomes of missing cells: indicator, of all columns, or 'age=40;ward=A;*=indicator' (refuse)",
    parse.textFor(parseMissing),
  ),
  missingValues: optional(
    '<texts>',
    'tables: what says that a cell is missing, as ?,-1 (an empty cell, ?, NA, NaN and others)',
    parse.text,
  ),
  header: newSwitchOff('tables: the first line is a row; columns are column1, column2, …'),
  columns: optional('<names>', 'or: names of the columns, as age,ward,class', parse.text),
  delimiter: optional(
    '<sign>',
    'tables: comma, semicolon, tab, pipe or space, which is any run of blanks (the one that the header has)',
    parse.textFor(parseDelimiter),
  ),
  decimalComma: switchOn('tables: 3,5 is a number, and 3.5 is none'),
  quote: optional(
    '<sign>',
    'tables: the sign around cells that hold separators, or none (")',
    parse.textFor(parseQuote),
  ),
  skipLines: optional('<n>', 'tables: lines above the header that are passed over', parse.count),
  encoding: optional(
    '<name>',
    'tables: what the text is in, as windows-1252 (utf-8, or utf-16 with its mark)',
    parse.text,
  ),
  tokenIds: switchOn(
    'NPZ, NPY, IDX: unsigned bytes are token ids for an embedding, not pixels to divide by 255',
  ),
  imageChannels: optional(
    '<n>',
    'folders of images: 1 makes each gray, 3 coloured (as they are stored, if all are alike)',
    parse.oneOf(['1', '3']),
  ),
  exifRotation: newSwitchOff('folders of images: they are not turned as EXIF says'),
  imageSize: optional('<n>', 'resizes each image to n pixels a side', parse.count),
};
