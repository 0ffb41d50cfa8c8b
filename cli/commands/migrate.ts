import { defineCommand } from 'citty';
import { withInstallation } from '#cli/installation.js';

export const migrateCommand = defineCommand({
  meta: {
    name: 'migrate',
    description:
      'Bring the tables up to date: of DATABASE_URL (as DATABASE_OWNER_URL, if that is set), else of the embedded PostgreSQL',
  },
  async run() {
    // Opening is migrating: nothing works on tables that are out of date.
    await withInstallation(process.env, async () => undefined);
    console.log('The tables are up to date.');
  },
});
