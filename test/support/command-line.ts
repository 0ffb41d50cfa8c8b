import type { CommandDef } from 'citty';
import { vi } from 'vitest';
import { runCommandLine } from '#cli/command-line.js';

interface CommandResult {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs commands in this process, which is quicker than the program itself. What a test stubs or spies on is its own to restore. */
export function commandLine(root: CommandDef): (...args: string[]) => Promise<CommandResult> {
  return async (...args) => {
    const said = { stdout: '', stderr: '' };
    const hear = (stream: keyof typeof said) => (line: unknown) => {
      said[stream] += `${line}\n`;
    };
    vi.spyOn(console, 'log').mockImplementation(hear('stdout'));
    vi.spyOn(console, 'error').mockImplementation(hear('stderr'));
    return { code: await runCommandLine(root, args), ...said };
  };
}
