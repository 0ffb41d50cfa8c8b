import { readdirSync, readFileSync } from 'node:fs';

/** Linux counts in hundredths of a second. */
const US_A_TICK = 10_000;
const PAGE_BYTES = 4_096;

interface ProcessStat {
  parent: number;
  cpuUs: number;
  /** Of children that ended and were waited for. */
  endedUs: number;
  residentBytes: number;
}

/** CPU microseconds of a process, and the memory that it holds now; `withChildren`: of all that it started, too, also of what has ended. */
export function usageOf(pid: number, { withChildren = false } = {}): { cpuUs: number; residentBytes: number } {
  const all = new Map<number, ProcessStat>();
  for (const entry of readdirSync('/proc')) {
    const stat = /^\d+$/.test(entry) ? statOf(Number(entry)) : null;
    if (stat) all.set(Number(entry), stat);
  }
  const wanted = [pid];
  let cpuUs = 0;
  let residentBytes = 0;
  for (let index = 0; index < wanted.length; index++) {
    const stat = all.get(wanted[index]!);
    if (!stat) continue;
    cpuUs += withChildren ? stat.cpuUs + stat.endedUs : stat.cpuUs;
    residentBytes += stat.residentBytes;
    if (withChildren) for (const [id, { parent }] of all) if (parent === wanted[index]) wanted.push(id);
  }
  return { cpuUs, residentBytes };
}

function statOf(pid: number): ProcessStat | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The name before it may hold anything, also brackets.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    const us = (one: number, other: number) => (Number(fields[one]) + Number(fields[other])) * US_A_TICK;
    return {
      parent: Number(fields[1]),
      cpuUs: us(11, 12),
      endedUs: us(13, 14),
      residentBytes: Number(fields[21]) * PAGE_BYTES,
    };
  } catch {
    return null; // it ended meanwhile
  }
}
