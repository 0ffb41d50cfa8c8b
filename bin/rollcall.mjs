#!/usr/bin/env node
import { exitWith, inTree, prepare, runNode } from '../scripts/prepare.mjs';

exitWith(async () => {
  await prepare();
  return runNode(['--enable-source-maps', inTree('dist', 'cli', 'main.js'), ...process.argv.slice(2)]);
});
