import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const root = fileURLToPath(new URL('.', import.meta.url));

export default defineConfig({
  resolve: {
    alias: [
      // The package imports of package.json, on the sources; conditions alone do not reach the global setup.
      { find: /^#(schema|core-api|gateway|cli|test)\/(.*)\.js$/, replacement: `${root}$1/$2.ts` },
      // Two copies of graphql (its ESM and its CommonJS form) refuse each other's types: "another module or realm".
      { find: /^graphql$/, replacement: `${root}node_modules/graphql/index.js` },
    ],
  },
  test: {
    include: ['{core-api,gateway,schema,cli,test}/**/*.test.ts'],
    exclude: ['**/node_modules/**', '**/*.long.test.ts'],
    testTimeout: 20_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
    // Loading the product anew for each file took four tenths of the time. Files share a process, and so no test leaves anything behind in a module.
    isolate: false,
    globalSetup: ['test/support/global-setup.ts'],
  },
});
