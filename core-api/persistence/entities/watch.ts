import { defineEntity, p } from '@mikro-orm/core';
import { stamps, tenantKey, time } from './columns.js';

export const AlarmSchema = defineEntity({
  name: 'Alarm',
  tableName: 'alarm',
  properties: {
    ...tenantKey(),
    kind: p.text(),
    directoryId: p.uuid().nullable(),
    /** What it is about, where that is no directory: a sync run. */
    subjectId: p.uuid().nullable(),
    details: p.json<Record<string, unknown>>().defaultRaw(`'{}'`),
    raisedAt: time().defaultRaw('now()'),
    acknowledgedAt: time().nullable(),
    acknowledgedBy: p.text().nullable(),
    /** Set when what it was about is over; until then the same alarm is not raised again. */
    resolvedAt: time().nullable(),
  },
});

/** Something that an owner should look at. */
export class Alarm extends AlarmSchema.class {}
AlarmSchema.setClass(Alarm);

export const ConflictSchema = defineEntity({
  name: 'Conflict',
  tableName: 'conflict',
  properties: {
    ...tenantKey(),
    at: time().defaultRaw('now()'),
    directoryId: p.uuid(),
    credentialId: p.uuid().nullable(),
    requestId: p.text().nullable(),
    kind: p.text(),
    objectType: p.text(),
    objectId: p.uuid().nullable(),
    details: p.json<Record<string, unknown>>().defaultRaw(`'{}'`),
  },
});

/** What a directory wanted and did not get, or got otherwise than it may think. Kept for 90 days. */
export class Conflict extends ConflictSchema.class {}
ConflictSchema.setClass(Conflict);

export const SyncRunSchema = defineEntity({
  name: 'SyncRun',
  tableName: 'sync_run',
  properties: {
    ...tenantKey(),
    directoryId: p.uuid(),
    status: p.text().$type<'HELD' | 'CONFIRMED' | 'REVERTED'>().default('HELD'),
    startedAt: time(),
    lastAt: time(),
    /** Position of its first change in the change log. */
    fromEpoch: p.integer(),
    fromXid: p.bigint('string').columnType('xid8'),
    fromNo: p.bigint('string'),
    /** Position of its last change. */
    throughEpoch: p.integer(),
    throughXid: p.bigint('string').columnType('xid8'),
    throughNo: p.bigint('string'),
    usersDeactivated: p.integer().default(0),
    usersDeleted: p.integer().default(0),
    membersRemoved: p.integer().default(0),
    decidedAt: time().nullable(),
    decidedBy: p.text().nullable(),
    report: p.json<Record<string, unknown>>().nullable(),
    ...stamps(),
  },
});

/** Deactivations and removals of one directory that came in a flood: held, so that an owner can revert them whole. */
export class SyncRun extends SyncRunSchema.class {}
SyncRunSchema.setClass(SyncRun);

export const RequestLogSchema = defineEntity({
  name: 'RequestLog',
  tableName: 'request_log',
  properties: {
    companyId: p.uuid().primary(),
    at: time().primary(),
    id: p.uuid().primary(),
    /** Null when the credential was none of a directory's. */
    directoryId: p.uuid().nullable(),
    credentialId: p.uuid().nullable(),
    requestId: p.text(),
    method: p.text(),
    path: p.text(),
    status: p.integer(),
    durationMs: p.integer(),
    clientAddress: p.text().nullable(),
    userAgent: p.text().nullable(),
    error: p.text().nullable(),
    /** Masked, 64 kB at most; null when it is not kept. */
    requestBody: p.text().nullable(),
    responseBody: p.text().nullable(),
    tolerances: p.json<unknown[]>().defaultRaw(`'[]'`),
    operations: p.json<unknown[]>().defaultRaw(`'[]'`),
  },
});

/** What an identity provider sent, and what it was answered. Kept for 30 days. */
export class RequestLog extends RequestLogSchema.class {}
RequestLogSchema.setClass(RequestLog);

export const ToleranceCountSchema = defineEntity({
  name: 'ToleranceCount',
  tableName: 'tolerance_count',
  properties: {
    companyId: p.uuid().primary(),
    directoryId: p.uuid().primary(),
    name: p.text().primary(),
    day: p.date().primary(),
    /** The process that counted: it alone writes the row. */
    gatewayId: p.uuid().primary(),
    /** The last of its batches that is in the count. */
    batch: p.integer(),
    count: p.bigint('number'),
    lastAt: time(),
  },
});

/** How often a directory's provider had a habit on one day. Kept for 30 days. */
export class ToleranceCount extends ToleranceCountSchema.class {}
ToleranceCountSchema.setClass(ToleranceCount);
