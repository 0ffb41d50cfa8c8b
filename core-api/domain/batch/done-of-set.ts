/** What a set did of one of its rows. */
export interface Done {
  id: string;
  /** Null when it was deleted. */
  version: number | null;
}

/** In the order of what was asked for; null: untouched, and for the path of one to do, or to say why not. */
export type DoneOfSet = (Done | null)[];
