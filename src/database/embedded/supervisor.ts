import { messageOf } from '../../base/errors.ts';
import type { Log } from '../../base/log.ts';
import type { Guarded } from './guarded.ts';
import {
  clearSocketFolder,
  clearStalePostmaster,
  startPostmaster,
  type PostmasterOptions,
} from './postmaster.ts';

export interface SupervisorOptions extends PostmasterOptions {
  /** True when the home's lock says that no other server uses the cluster. */
  readonly ours: boolean;
}

export interface Supervisor {
  /** Process id of Postgres; undefined while it is down. */
  readonly pid: number | undefined;
  stop(): Promise<void>;
}

const FIRST_DELAY_MS = 50;
const LONGEST_DELAY_MS = 2000;
/** A Postgres that lived this long has nothing to do with the one that died before it. */
const CALM_MS = 60_000;
/** How long a start waits for the backends of a Postgres that was killed: until they notice they hold its memory. */
const LEFTOVERS_MS = 30_000;

/** Starts Postgres, and starts it again whenever it dies, until `stop`. Throws when the first start fails. */
export async function supervise(options: SupervisorOptions): Promise<Supervisor> {
  const { log } = options;
  let postgres: Guarded | undefined;
  let stopping = false;
  let wake: () => void = () => undefined;
  let restarting: Promise<void> = Promise.resolve();
  let delay = FIRST_DELAY_MS;

  async function launch(): Promise<void> {
    await clearStalePostmaster(options.data, options.ours, log);
    clearSocketFolder(options.socketFolder);
    const started = await startPostmaster(options);
    const since = Date.now();
    postgres = started;
    // A server that has nothing else to do may end: the pipe then ends Postgres.
    started.hold(false);
    void started.ended.then((code) => {
      postgres = undefined;
      if (stopping) return;
      log.error({ code }, 'Postgres died: starting it again');
      if (Date.now() - since > CALM_MS) delay = FIRST_DELAY_MS;
      restarting = restart();
    });
  }

  /** Never gives up: a full disk may be freed. */
  async function restart(): Promise<void> {
    while (!stopping) {
      await pause(delay);
      if (stopping) return;
      delay = Math.min(delay * 2, LONGEST_DELAY_MS);
      try {
        await launch();
        log.warn('Postgres is back');
        return;
      } catch (error) {
        log.warn({ error: messageOf(error) }, 'Postgres did not start again, another try follows');
      }
    }
  }

  async function launchPatiently(): Promise<void> {
    const deadline = Date.now() + LEFTOVERS_MS;
    for (;;) {
      try {
        await launch();
        return;
      } catch (error) {
        if (Date.now() > deadline || !messageOf(error).includes('shared memory block')) throw error;
        await pause(FIRST_DELAY_MS);
      }
    }
  }

  function pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  await launchPatiently();
  return {
    get pid() {
      return postgres?.pid;
    },
    async stop() {
      stopping = true;
      wake();
      await restarting;
      if (postgres !== undefined) await end(postgres, log);
    },
  };
}

/** Asks Postgres to end: with a checkpoint, then without, then not at all. */
async function end(postgres: Guarded, log: Log): Promise<void> {
  postgres.hold(true);
  const steps = [
    ['SIGINT', 10_000],
    ['SIGQUIT', 5000],
    ['SIGKILL', 5000],
  ] as const;
  for (const [signal, ms] of steps) {
    postgres.kill(signal);
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<'late'>((resolve) => {
      timer = setTimeout(() => resolve('late'), ms);
    });
    const outcome = await Promise.race([postgres.ended, late]);
    clearTimeout(timer);
    if (outcome !== 'late') return;
    log.warn({ signal }, 'Postgres does not end');
  }
}
