/**
 * Why the program cannot start. `message` is complete and fits on one line: it is all that the person at the terminal gets to see.
 */
export class StartError extends Error {
  override readonly name = 'StartError';
}
