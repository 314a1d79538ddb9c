/** A report of a run, of the files of its folder; or why there is none. */
export type ReportMessage =
  | { readonly kind: 'report'; readonly name: string; readonly html: string }
  | { readonly kind: 'failed'; readonly message: string };
