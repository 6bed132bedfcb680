import { readFile } from 'node:fs/promises';
import { availableParallelism, cpus, loadavg, totalmem } from 'node:os';

/** What the figures were measured on. */
export interface Machine {
  readonly platform: string;
  readonly node: string;
  readonly cpus: number;
  readonly model: string;
  readonly memoryGb: number;
}

export function describeMachine(): Machine {
  return {
    platform: `${process.platform} ${process.arch}`,
    node: process.version,
    cpus: availableParallelism(),
    model: cpus()[0]?.model ?? 'unknown',
    memoryGb: Math.round(totalmem() / 1024 ** 3),
  };
}

/** What others did on the machine meanwhile. */
export interface Disturbance {
  /** Load average of the minute before the start: how many others wanted a CPU. */
  readonly loadBefore: number;
  /** Share of CPU time that the hypervisor gave to other machines; undefined where it is not told. */
  readonly stolen: number | undefined;
}

/** Watches from now on; the answer says what was until then. */
export async function watchMachine(): Promise<() => Promise<Disturbance>> {
  const loadBefore = loadavg()[0] ?? 0;
  const before = await jiffies();
  return async () => {
    const after = await jiffies();
    const all = after.all - before.all;
    return { loadBefore, stolen: all > 0 ? (after.stolen - before.stolen) / all : undefined };
  };
}

/** CPU time of the whole machine, as /proc/stat has it: user, nice, system, idle, iowait, irq, softirq, steal, … */
async function jiffies(): Promise<{ all: number; stolen: number }> {
  const text = await readFile('/proc/stat', 'utf8').catch(() => '');
  const fields = text.slice(0, text.indexOf('\n')).trim().split(/\s+/).slice(1, 9).map(Number);
  return { all: fields.reduce((sum, field) => sum + field, 0), stolen: fields[7] ?? 0 };
}
