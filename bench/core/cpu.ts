import { readFile } from 'node:fs/promises';

/** Linux counts in hundredths of a second here whatever its own clock does. */
const TICKS = 100;

/** Seconds of CPU that a process has used, all its threads, in user and system time. */
export type ReadCpu = () => Promise<number>;

/** By /proc where there is one, else by the process's own word. */
export function cpuOf(pid: number, ownWord: ReadCpu): ReadCpu {
  if (process.platform !== 'linux') return ownWord;
  return async () => {
    const text = await readFile(`/proc/${pid}/stat`, 'utf8');
    // The name in brackets may hold blanks. What follows it begins with field 3; times are fields 14 and 15.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) / TICKS;
  };
}
