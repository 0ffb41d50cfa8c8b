import { p } from '@mikro-orm/core';

/*
 * The columns that every tenant table begins with. `company_id` is a plain column, first in every key: rows are addressed by
 * (company, id), and the foreign keys between them, which include the company too, stand in the migrations (`on delete restrict`).
 */
export const tenantKey = () => ({
  companyId: p.uuid().primary(),
  id: p.uuid().primary(),
});

/** Milliseconds, because that is what leaves the house; PostgreSQL's clock, because it is the only one that all processes share. */
export const time = () => p.datetime().columnType('timestamptz(3)');

export const stamps = () => ({
  version: p.integer().default(1),
  createdAt: time().defaultRaw('now()'),
  updatedAt: time().defaultRaw('now()'),
});
