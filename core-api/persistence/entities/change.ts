import { defineEntity, p } from '@mikro-orm/core';
import { time } from './columns.js';

export const ChangeSchema = defineEntity({
  name: 'Change',
  tableName: 'change',
  properties: {
    companyId: p.uuid().primary(),
    /** Rises when the server's transaction ids have gone back, which only a restore does. */
    epoch: p.integer().primary().defaultRaw('current_change_epoch()'),
    xid: p.bigint('string').columnType('xid8').primary().defaultRaw('pg_current_xact_id()'),
    no: p.bigint('string').primary().autoincrement(false).defaultRaw('identity'),
    at: time().defaultRaw('now()'),
    actorKind: p.text(),
    actorId: p.uuid(),
    actorName: p.text(),
    source: p.text(),
    /** The token or key that was used; null for the platform itself. */
    credentialId: p.uuid().nullable(),
    requestId: p.text().nullable(),
    /** `user.created`, `team.member_added`, … */
    kind: p.text(),
    objectType: p.text(),
    objectId: p.uuid(),
    /** The members that differ, as they were; null where the object was made. Never a secret or a hash. */
    before: p.json<Record<string, unknown>>().nullable(),
    after: p.json<Record<string, unknown>>().nullable(),
    salt: p.blob().$type<Buffer>().nullable(),
    /** sha256(salt || payload); stays when an erasure nulls before, after and salt. */
    digest: p.blob().$type<Buffer>(),
  },
});

/** One row for every change, written in the statement or transaction of the change. */
export class Change extends ChangeSchema.class {}
ChangeSchema.setClass(Change);

export const ChangeEpochSchema = defineEntity({
  name: 'ChangeEpoch',
  tableName: 'change_epoch',
  properties: {
    epoch: p.integer().primary(),
    startedAt: time().defaultRaw('now()'),
  },
});

/** The epochs of the change log's positions; the newest is in force. */
export class ChangeEpoch extends ChangeEpochSchema.class {}
ChangeEpochSchema.setClass(ChangeEpoch);

export const ChangeSealSchema = defineEntity({
  name: 'ChangeSeal',
  tableName: 'change_seal',
  properties: {
    companyId: p.uuid().primary(),
    /** 1, 2, 3, … in each company. */
    no: p.bigint('string').primary().autoincrement(false),
    throughEpoch: p.integer(),
    throughXid: p.bigint('string').columnType('xid8'),
    throughNo: p.bigint('string'),
    rows: p.integer(),
    /** Over the digests of the rows since the seal before, in their order, and over that seal's root. */
    root: p.blob().$type<Buffer>(),
    previousRoot: p.blob().$type<Buffer>().nullable(),
    at: time().defaultRaw('now()'),
  },
});

/** Says what the change log held up to a position: whoever alters it afterwards is found out. */
export class ChangeSeal extends ChangeSealSchema.class {}
ChangeSealSchema.setClass(ChangeSeal);
