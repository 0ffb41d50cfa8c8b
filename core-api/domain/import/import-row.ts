import { DomainError } from '../errors.js';

export type ImportVerdict = 'CREATE' | 'UPDATE' | 'SAME' | 'REMOVE' | 'REFUSED';
export type ImportedObject = 'USER' | 'TEAM' | 'MEMBERSHIP';

/** What becomes of one row of an import. */
export interface ImportRow {
  object: ImportedObject;
  /** Its place in its list, counted from 0; null for a member whom no row names. */
  index: number | null;
  line: number | null;
  /** For people: the user name, the team's name, or both. */
  name: string;
  /** What is there already, of a membership the user; null for what is new, or not found. */
  id: string | null;
  verdict: ImportVerdict;
  /** Of what is new or changes; null is unassigned. */
  differences: { field: string; before: unknown; after: unknown }[];
  /** Why it is refused, by the codes of errors. */
  code: string | null;
  field: string | null;
  message: string | null;
}

export interface Origins {
  object: ImportedObject;
  index: number | null;
  line?: number;
  name: string;
}

export function toRow(origin: Origins, verdict: ImportVerdict, more: Partial<ImportRow> = {}): ImportRow {
  const { object, index, line, name } = origin;
  const nothing = { id: null, differences: [], code: null, field: null, message: null };
  return { ...nothing, object, index, line: line ?? null, name, verdict, ...more };
}

/** A rule's refusal as the row's; anything else is nobody's to answer, and thrown. */
export function refusedRow(origin: Origins, error: unknown, id: string | null = null): ImportRow {
  if (!(error instanceof DomainError) || error.code === 'DATABASE_UNAVAILABLE') throw error;
  return toRow(origin, 'REFUSED', {
    id,
    code: error.code,
    field: error.details.field ?? error.details.fields?.join(', ') ?? null,
    message: error.message,
  });
}

/** Where a row stands, counted from 1: of a text its line, else its place in the list. */
export function placeOf({ line, index }: { line?: number | null; index: number | null }): string {
  return line != null ? `line ${line}` : index !== null ? `row ${index + 1}` : 'no row';
}

/** How many rows there are of each verdict, under its name in lower case. */
export function countsOf(rows: readonly ImportRow[]): Record<Lowercase<ImportVerdict>, number> {
  const counts = { create: 0, update: 0, same: 0, remove: 0, refused: 0 };
  for (const { verdict } of rows) counts[verdict.toLowerCase() as Lowercase<ImportVerdict>] += 1;
  return counts;
}
