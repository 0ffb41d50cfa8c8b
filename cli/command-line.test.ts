import { defineCommand } from 'citty';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { DomainError } from '#core-api/domain/errors.js';
import { CommandError } from './command-error.js';
import { runCommandLine } from './command-line.js';

const ran = vi.fn();

const serve = defineCommand({
  meta: { name: 'serve', description: 'Serve tea' },
  args: {
    cup: { type: 'string', required: true, description: 'Which cup' },
    kind: { type: 'enum', options: ['green', 'black'], default: 'black' },
    milk: { type: 'boolean' },
    guest: { type: 'positional', required: false },
  },
  run: ({ args }) => ran({ cup: args.cup, kind: args.kind, milk: args.milk, guest: args.guest }),
});

const fail = (error: unknown) =>
  defineCommand({
    meta: { name: 'fail' },
    run: () => {
      throw error;
    },
  });

const tea = defineCommand({
  meta: { name: 'tea', version: '1.2.3', description: 'A tea room' },
  subCommands: {
    serve,
    pot: defineCommand({ meta: { name: 'pot', description: 'Pots' }, subCommands: { serve } }),
    refuse: fail(new CommandError('no more tea.')),
    violate: fail(new DomainError('NOT_FOUND', 'Cup 7 not found.')),
    crash: fail(new TypeError('cup is not a function')),
  },
});

let out: string[];
let err: string[];

beforeEach(() => {
  ran.mockClear();
  out = [];
  err = [];
  vi.spyOn(console, 'log').mockImplementation((line) => void out.push(line));
  vi.spyOn(console, 'error').mockImplementation((line) => void err.push(line));
});
afterEach(() => {
  vi.restoreAllMocks();
});

describe('runCommandLine', () => {
  it('runs a command with its arguments, however deep it is', async () => {
    expect(await runCommandLine(tea, ['pot', 'serve', '--cup', 'small', '--kind=green', '--milk', 'ann'])).toBe(0);
    expect(ran).toHaveBeenCalledExactlyOnceWith({ cup: 'small', kind: 'green', milk: true, guest: 'ann' });
  });

  it.each([
    [['brew'], 'unknown command "brew"; there are: serve, pot, refuse, violate, crash.'],
    [['pot', 'brew'], 'unknown command "pot brew"; there are: serve.'],
    [['serve', '--cup', 'x', '--sugar'], 'unknown option --sugar; see tea serve --help.'],
    [['serve', '--cup', 'x', '-s'], 'unknown option -s; see tea serve --help.'],
    [['serve', '--cup', 'x', '--guest', 'ann'], 'unknown option --guest; see tea serve --help.'],
    [['serve'], '--cup is missing; see tea serve --help.'],
    [['serve', '--cup'], '--cup needs a value; see tea serve --help.'],
    [['serve', '--cup='], '--cup needs a value; see tea serve --help.'],
    [['serve', '--cup', '--milk'], '--cup needs a value; see tea serve --help.'],
    [['serve', '--cup', 'x', '--milk=oat'], '--milk takes no value; see tea serve --help.'],
    [['serve', '--cup', 'x', '--kind', 'red'], '--kind is one of green, black, and not "red".'],
    [['serve', '--cup', 'x', 'ann', 'bob'], 'there is no place for "bob"; see tea serve --help.'],
  ])('answers %j with one line and exit code 1, and runs nothing', async (args, line) => {
    expect(await runCommandLine(tea, args)).toBe(1);
    expect(err).toEqual([`rollcall: ${line}`]);
    expect(out).toEqual([]);
    expect(ran).not.toHaveBeenCalled();
  });

  it.each([
    ['refuse', 'rollcall: no more tea.'],
    ['violate', 'rollcall: Cup 7 not found.'],
    ['crash', 'rollcall: cup is not a function (--verbose shows where)'],
  ])('says in one line why %s failed', async (name, line) => {
    expect(await runCommandLine(tea, [name])).toBe(1);
    expect(err).toEqual([line]);
  });

  it('shows where it failed with --verbose', async () => {
    expect(await runCommandLine(tea, ['crash', '--verbose'])).toBe(1);
    expect(err[0]).toMatch(/TypeError: cup is not a function\n +at /);
  });

  it.each([
    [[], 'USAGE tea serve|pot'],
    [['--help'], 'USAGE tea serve|pot'],
    [['pot'], 'USAGE tea pot serve'],
    [['serve', '--help'], '--cup=<cup>'],
    [['pot', 'serve', '-h'], 'USAGE tea pot serve'],
    [['--version'], '1.2.3'],
  ])('helps with %j', async (args, text) => {
    expect(await runCommandLine(tea, args)).toBe(0);
    expect(out.join('\n')).toContain(text);
    expect(ran).not.toHaveBeenCalled();
  });
});
