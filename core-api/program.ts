import { SettingError } from '#schema/settings.js';
import { StartError } from './start-error.js';

const STOP_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

type Stop = () => Promise<void>;

/**
 * Runs a program until it is told to stop: a StartError is one line on standard error and exit code 1, SIGINT, SIGTERM and SIGHUP (the terminal was closed) stop it in order, a second
 * signal at once. A rejection that nobody handled ends the process, after an orderly stop: its state can't be trusted, and whoever runs it starts it again.
 */
export async function runProgram(start: () => Promise<Stop>): Promise<void> {
  let stop: Stop;
  const early = waitForSignal();
  try {
    stop = await start();
  } catch (error) {
    process.stderr.write(
      `rollcall: ${error instanceof StartError || error instanceof SettingError ? error.message : ((error as Error).stack ?? error)}\n`,
    );
    process.exit(1);
  }
  process.on('unhandledRejection', (error) => {
    process.stderr.write(`rollcall: unhandled rejection: ${(error as Error)?.stack ?? error}\n`);
    process.exitCode = 1;
    process.kill(process.pid, 'SIGTERM');
  });
  await early;
  // A terminal's Ctrl-C can arrive twice, from the terminal and from the process above; impatience comes later.
  setTimeout(() => {
    for (const signal of STOP_SIGNALS) process.on(signal, () => process.exit(130));
  }, 1_000).unref();
  await stop();
  process.exit(process.exitCode ?? 0);
}

/** The first signal may come while the program still starts; it is then obeyed as soon as there is something to stop. */
function waitForSignal(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of STOP_SIGNALS) process.on(signal, () => resolve());
  });
}
