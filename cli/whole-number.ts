import { CommandError } from './command-error.js';

/** @throws CommandError that names the option and its bounds. */
export function wholeNumber(option: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= least && value <= most) return value;
  throw new CommandError(`--${option} must be a whole number from ${least} to ${most}, and is "${text}".`);
}
