// What the npm scripts call: makes a fresh clone ready, then runs one of the programs on Node 24.
import { NODE_FLAGS } from './node-flags.mjs';
import { exitWith, Failure, inTree, prepare, runCommand, runNode } from './prepare.mjs';

const built = (...path) => [...NODE_FLAGS, inTree('dist', ...path)];

const PROGRAMS = {
  start: built('start.js'),
  'start:core': built('core-api', 'main.js'),
  'start:gateway': built('gateway', 'main.js'),
  'demo:idp': built('test', 'demo-idp', 'main.js'),
  bench: built('test', 'bench', 'main.js'),
  // The tests run on the sources; those of the command line run the built program.
  test: [inTree('node_modules', 'vitest', 'vitest.mjs'), 'run'],
};

const [name, ...args] = process.argv.slice(2);

exitWith(async () => {
  if (name === 'exec') {
    await prepare({ needsBuild: false });
    return runCommand(args.join(' '));
  }
  const program = Object.hasOwn(PROGRAMS, name ?? '') ? PROGRAMS[name] : null;
  if (!program)
    throw new Failure(`usage: node scripts/run.mjs ${Object.keys(PROGRAMS).join('|')} [arguments], or exec COMMAND`);
  await prepare();
  return runNode([...program, ...args]);
});
