import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CoreConfig } from './config.js';

const FILE = 'address.json';

/** Leaves a note of where this process is reached, for commands that are run beside it. Returns what takes it back. */
export function noteAddress(dataDir: string, publicUrl: string): () => void {
  const file = join(dataDir, FILE);
  mkdirSync(dataDir, { recursive: true });
  writeFileSync(file, JSON.stringify({ publicUrl, pid: process.pid }));
  return () => rmSync(file, { force: true });
}

/** Where a server on this data folder is reached: as the settings say, else as a server that is running has noted, else by the defaults. */
export function serverAddress(config: Pick<CoreConfig, 'dataDir' | 'publicUrl'>, env: NodeJS.ProcessEnv): string {
  if (env.ROLLCALL_PUBLIC_URL || env.PORT || env.HOST) return config.publicUrl;
  try {
    const { publicUrl, pid } = JSON.parse(readFileSync(join(config.dataDir, FILE), 'utf8'));
    process.kill(pid, 0);
    return publicUrl;
  } catch {
    return config.publicUrl; // no note, or one of a process that was killed
  }
}
