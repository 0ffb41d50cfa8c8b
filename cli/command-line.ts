import { stripVTControlCharacters } from 'node:util';
import { type ArgsDef, type BooleanArgDef, renderUsage, runCommand, type SubCommandsDef } from 'citty';
import { DomainError } from '#core-api/domain/errors.js';
import { StartError } from '#core-api/start-error.js';
import { CommandError } from './command-error.js';

/** A command with arguments of any kind, as citty holds subcommands. */
type Command = Exclude<Awaited<SubCommandsDef[string]>, () => unknown>;

/**
 * Runs the command that `rawArgs` name. What can be foreseen to go wrong becomes one line on stderr; citty by itself would ignore
 * options that it does not know, and print the whole usage for a missing one.
 *
 * @returns the exit code.
 */
export async function runCommandLine(root: Command, rawArgs: readonly string[]): Promise<number> {
  const verbose = rawArgs.includes('--verbose');
  const args = rawArgs.filter((arg) => arg !== '--verbose');
  try {
    const { command, path, rest } = await findCommand(root, args);
    const meta = (await resolved(root.meta)) ?? {};
    if (path.length === 1 && rest.length === 1 && rest[0] === '--version') {
      console.log(meta.version);
    } else if (rest.includes('--help') || rest.includes('-h') || command.subCommands) {
      const usage = await renderUsage(command, { meta: { name: path.slice(0, -1).join(' ') } });
      console.log(process.stdout.isTTY ? usage : stripVTControlCharacters(usage));
    } else {
      checkArguments((await resolved(command.args)) ?? {}, rest, path.join(' '));
      await runCommand(command, { rawArgs: rest });
    }
    return 0;
  } catch (error) {
    console.error(`rollcall: ${verbose || !isForeseen(error) ? describe(error, verbose) : error.message}`);
    return 1;
  }
}

/** Walks down the subcommands; `path` begins with the root's name. */
async function findCommand(root: Command, args: readonly string[]) {
  let command = root;
  const path = [(await resolved(root.meta))?.name ?? ''];
  for (const [index, name] of args.entries()) {
    const subCommands = await resolved(command.subCommands);
    if (!subCommands || name.startsWith('-')) return { command, path, rest: args.slice(index) };
    if (!Object.hasOwn(subCommands, name)) {
      const known = Object.keys(subCommands).join(', ');
      throw new CommandError(`unknown command "${[...path.slice(1), name].join(' ')}"; there are: ${known}.`);
    }
    command = await resolved(subCommands[name]!);
    path.push(name);
  }
  return { command, path, rest: [] };
}

/** @throws CommandError: an option that there is not, one without its value, one that must be there, or a word too many. */
function checkArguments(definitions: ArgsDef, args: readonly string[], name: string): void {
  const seeHelp = `see ${name} --help`;
  const words: string[] = [];
  const given = new Set<string>();
  for (let index = 0; index < args.length; index++) {
    const arg = args[index]!;
    if (!arg.startsWith('-')) {
      words.push(arg);
      continue;
    }
    const [, option = '', inline] = /^--([^=]+)(?:=(.*))?$/s.exec(arg) ?? [];
    const definition = Object.hasOwn(definitions, option) ? definitions[option] : undefined;
    if (!definition || definition.type === 'positional') {
      throw new CommandError(`unknown option ${arg.split('=')[0]}; ${seeHelp}.`);
    }
    given.add(option);
    if (isSwitch(definition)) {
      if (inline !== undefined) throw new CommandError(`--${option} takes no value; ${seeHelp}.`);
      continue;
    }
    const value = inline ?? args[++index];
    if (!value || (inline === undefined && value.startsWith('-'))) {
      throw new CommandError(`--${option} needs a value; ${seeHelp}.`);
    }
    if (definition.type === 'enum' && !definition.options?.includes(value)) {
      throw new CommandError(`--${option} is one of ${definition.options?.join(', ')}, and not "${value}".`);
    }
  }
  const places = Object.entries(definitions).filter(([, definition]) => definition.type === 'positional');
  const extra = words[places.length];
  if (extra !== undefined) throw new CommandError(`there is no place for "${extra}"; ${seeHelp}.`);
  for (const [option, definition] of Object.entries(definitions)) {
    if (definition.required && definition.type !== 'positional' && !given.has(option)) {
      throw new CommandError(`--${option} is missing; ${seeHelp}.`);
    }
  }
  const [missing] = places.slice(words.length).filter(([, definition]) => definition.required);
  if (missing) throw new CommandError(`${missing[0].toUpperCase()} is missing; ${seeHelp}.`);
}

function isSwitch(definition: ArgsDef[string]): definition is BooleanArgDef {
  return definition.type === 'boolean';
}

/** citty lets each part be a value, a promise, or a function that makes one. */
async function resolved<T>(value: T | Promise<T> | (() => T | Promise<T>)): Promise<T> {
  return typeof value === 'function' ? (value as () => T | Promise<T>)() : value;
}

function isForeseen(error: unknown): error is Error {
  return error instanceof CommandError || error instanceof StartError || error instanceof DomainError;
}

function describe(error: unknown, verbose: boolean): string {
  if (!(error instanceof Error)) return String(error);
  return verbose ? (error.stack ?? error.message) : `${error.message} (--verbose shows where)`;
}
