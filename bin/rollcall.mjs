#!/usr/bin/env node
import { NODE_FLAGS } from '../scripts/node-flags.mjs';
import { exitWith, inTree, prepare, runNode } from '../scripts/prepare.mjs';

exitWith(async () => {
  await prepare();
  return runNode([...NODE_FLAGS, inTree('dist', 'cli', 'main.js'), ...process.argv.slice(2)]);
});
