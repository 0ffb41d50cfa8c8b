import { Migrator } from '@mikro-orm/migrations';
import { MikroORM } from '@mikro-orm/postgresql';
import { ENTITIES } from './entities/index.js';
import { TheWholeRoad } from './migrations/0001-the-whole-road.js';
import { ThePlatformsRules } from './migrations/0002-the-platforms-rules.js';
import { NestedTeams } from './migrations/0003-nested-teams.js';
import { Tolerances } from './migrations/0004-tolerances.js';
import { TokensOfOneUser } from './migrations/0005-tokens-of-one-user.js';
import { WhoMayComeIn } from './migrations/0006-who-may-come-in.js';
import { Totals } from './migrations/0007-totals.js';
import { WhatAWriteChecks } from './migrations/0009-what-a-write-checks.js';
import { FlatAsItGrows } from './migrations/0010-flat-as-it-grows.js';
import { setRowSecurity } from './row-security.js';

const MIGRATIONS = [
  { name: '0001-the-whole-road', class: TheWholeRoad },
  { name: '0002-the-platforms-rules', class: ThePlatformsRules },
  { name: '0003-nested-teams', class: NestedTeams },
  { name: '0004-tolerances', class: Tolerances },
  { name: '0005-tokens-of-one-user', class: TokensOfOneUser },
  { name: '0006-who-may-come-in', class: WhoMayComeIn },
  { name: '0007-totals', class: Totals },
  { name: '0009-what-a-write-checks', class: WhatAWriteChecks },
  { name: '0010-flat-as-it-grows', class: FlatAsItGrows },
];
/** Two processes that start at once must not migrate at once; any fixed number of our own. */
const MIGRATION_LOCK = 7_305_001;
/** More rows than can be under way in transactions at one time. */
const NEWEST = 100_000;

interface Target {
  ownerUrl: string;
  appRole: string;
  /** Whether tenant tables shall have row-level security; null: as they are. */
  rowSecurity?: boolean | null;
}

interface Migrated {
  migrations: string[];
  rowSecurity: boolean;
}

/**
 * Brings the tables up to date, as their owner, and gives the application's role what it needs: everything but changing or deleting
 * rows of the change log. Does nothing when nothing is pending. Two at once: the second waits and finds nothing to do.
 *
 * @returns the names of the migrations that were run, in order, and whether row-level security is on.
 * @throws StartError when it is on and the application's role could walk round it.
 */
export async function migrate({ ownerUrl, appRole, rowSecurity = null }: Target): Promise<Migrated> {
  const orm = await MikroORM.init({
    entities: [...ENTITIES],
    clientUrl: ownerUrl,
    extensions: [Migrator],
    pool: { min: 0, max: 4 },
    migrations: { migrationsList: MIGRATIONS, snapshot: false, allOrNothing: true, silent: true },
    discovery: { warnWhenNoEntities: false },
  });
  try {
    return await orm.em.fork().transactional(async (em) => {
      await em.execute('select pg_advisory_xact_lock(?)', [MIGRATION_LOCK]);
      const done = await orm.migrator.up();
      await grant(orm, appRole);
      await renewEpoch(orm);
      const isWalled = await setRowSecurity(em, { appRole, wanted: rowSecurity });
      return { migrations: done.map((migration) => migration.name), rowSecurity: isWalled };
    });
  } finally {
    await orm.close(true);
  }
}

async function grant(orm: MikroORM, appRole: string): Promise<void> {
  const role = `"${appRole.replaceAll('"', '""')}"`;
  const [{ owner }] = (await orm.em.fork().execute('select current_user as owner')) as [{ owner: string }];
  if (owner === appRole) return;
  await orm.em.fork().execute(
    `grant usage on schema public to ${role};
     grant select, insert, update, delete on all tables in schema public to ${role};
     revoke update, delete, truncate on change, change_epoch, change_seal from ${role};
     grant usage on all sequences in schema public to ${role};
     grant execute on function refresh_statistics(), maintain_request_log(int), erase_changes_of(uuid, uuid), companies_to_seal() to ${role}`,
  );
}

/**
 * A restored server counts transactions from further back: a new epoch keeps the order of the change log's positions. The newest rows tell as much as all
 * of them, and reading them costs the same however long the log is.
 */
async function renewEpoch(orm: MikroORM): Promise<void> {
  await orm.em.fork().execute(
    `insert into change_epoch (epoch)
     select e.epoch + 1 from (select max(epoch) as epoch from change_epoch) e
     where exists (select 1 from change c
       where c.no > (select last_value - ${NEWEST} from change_no_seq)
         and c.epoch = e.epoch and c.xid >= pg_snapshot_xmax(pg_current_snapshot()))
     on conflict do nothing`,
  );
}
