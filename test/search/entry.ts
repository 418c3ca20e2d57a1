/** What every entry bears. */
export interface Entry {
  readonly param: string;
  readonly contained?: string | undefined;
  readonly mark?: 1 | 2 | 3 | undefined;
}
