import { readFileSync } from 'node:fs';
import { defineCommand } from 'citty';
import { runCommandLine } from './command-line.js';

const rollcall = defineCommand({
  meta: {
    name: 'rollcall',
    // Beside the sources and one folder above the build, package.json is the nearest one upwards of both.
    version: versionOf(new URL('../package.json', import.meta.url), new URL('../../package.json', import.meta.url)),
    description: 'The user directory of a SaaS platform: SCIM 2.0 in, GraphQL out',
  },
  subCommands: {
    start: () => import('./commands/start.js').then(({ startCommand }) => startCommand),
    migrate: () => import('./commands/migrate.js').then(({ migrateCommand }) => migrateCommand),
    bootstrap: () => import('./commands/bootstrap.js').then(({ bootstrapCommand }) => bootstrapCommand),
    token: () => import('./commands/token.js').then(({ tokenCommand }) => tokenCommand),
    export: () => import('./commands/export.js').then(({ exportCommand }) => exportCommand),
    import: () => import('./commands/import.js').then(({ importCommand }) => importCommand),
    audit: () => import('./commands/audit.js').then(({ auditCommand }) => auditCommand),
    'test-scim': () => import('./commands/test-scim.js').then(({ testScimCommand }) => testScimCommand),
    demo: () => import('./commands/demo.js').then(({ demoCommand }) => demoCommand),
  },
});

process.exitCode = await runCommandLine(rollcall, process.argv.slice(2));

function versionOf(...places: URL[]): string {
  for (const place of places) {
    try {
      return (JSON.parse(readFileSync(place, 'utf8')) as { version: string }).version;
    } catch {
      // not this one
    }
  }
  return 'unknown';
}
