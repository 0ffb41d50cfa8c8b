import { defineCommand } from 'citty';
import { migrateInstallation } from '#cli/installation.js';

export const migrateCommand = defineCommand({
  meta: {
    name: 'migrate',
    description:
      'Bring the tables up to date: of DATABASE_URL (as DATABASE_OWNER_URL, if that is set), else of the embedded PostgreSQL',
  },
  async run() {
    const names = await migrateInstallation(process.env);
    for (const name of names) console.log(`migrated: ${name}`);
    if (names.length === 0) console.log('Nothing to migrate: the tables are up to date.');
  },
});
