/** Why a command cannot do what it was asked. `message` is complete and fits on one line: it is all that the person at the terminal sees. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
}
