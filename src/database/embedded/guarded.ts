import { spawn, type ChildProcess } from 'node:child_process';
import { Socket } from 'node:net';
import { messageOf } from '../../base/errors.ts';
import { DatabaseRefusal } from '../refusal.ts';
import { spawnAs, type Account } from './account.ts';

// kill -9 leaves this process no chance to stop its children. So each child is tied to a pipe whose other end only
// this process holds. A shell forks a watcher that reads from the pipe and then becomes the program itself: same
// process id, no moment in which the program runs unwatched. At the pipe's end the watcher signals the program. A
// line on the pipe means that the program has ended by itself and its id may be another's: the watcher leaves.
//
// The watcher is forked twice, so that it is no child of the program: Postgres takes the end of a child that it does
// not know for a crash.
const SCRIPT = `
signal=$1; shift
(
  (
    if IFS= read -r line <&3; then exit 0; fi
    kill -s "$signal" $$
  ) </dev/null >/dev/null 2>&1 &
)
exec "$@" 3<&-
`;

export interface Guarded {
  readonly pid: number;
  /** Everything the program said on standard error and output, a line at a time. */
  onLine(listener: (line: string) => void): void;
  /** Settles when the program has ended: its exit code, or the name of the signal. */
  readonly ended: Promise<number | string>;
  kill(signal: NodeJS.Signals): void;
  /** Whether this process stays alive for the child. True at first. */
  hold(on: boolean): void;
}

export interface Command {
  readonly program: string;
  readonly args: readonly string[];
  /** Sent when this process is gone. */
  readonly signal: 'INT' | 'TERM';
  readonly account: Account;
  /** Written to standard input; nothing by default. */
  readonly input?: string;
}

/** Starts a program that ends with this process. Throws a DatabaseRefusal when it cannot be started. */
export async function startGuarded(command: Command): Promise<Guarded> {
  const child = spawn('/bin/sh', ['-c', SCRIPT, 'sh', command.signal, command.program, ...command.args], {
    ...spawnAs(command.account),
    // A session of its own: Ctrl-C at a terminal reaches this process alone, which stops the child in its time.
    detached: true,
    cwd: '/',
    // Nothing of ours goes down: PGOPTIONS, PGDATA and the like would change what the program does.
    env: { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' },
    stdio: [command.input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe', 'pipe'],
  });
  const ended = new Promise<number | string>((resolve) => {
    child.once('exit', (code, signal) => resolve(code ?? signal ?? 'unknown'));
  });
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', (cause) => {
      const advice = 'Start as another user, or set DATABASE_URL.';
      const what = `${command.program} cannot be started as user ${command.account.uid}: ${messageOf(cause)}`;
      reject(new DatabaseRefusal(`${what}. ${advice}`, { cause }));
    });
  });
  const sockets = [child.stdout, child.stderr, child.stdio[3]].filter((stream) => stream instanceof Socket);
  const pipe = sockets.at(-1);
  // Its reader is gone when the program ends first.
  pipe?.on('error', () => undefined);
  void ended.then(() => pipe?.end('\n'));
  if (command.input !== undefined) child.stdin?.on('error', () => undefined).end(command.input);
  return {
    pid: child.pid ?? -1,
    onLine: (listener) => splitLines(child, listener),
    ended,
    kill: (signal) => {
      child.kill(signal);
    },
    hold(on) {
      for (const item of [child, ...sockets]) {
        if (on) item.ref();
        else item.unref();
      }
    },
  };
}

function splitLines(child: ChildProcess, listener: (line: string) => void): void {
  for (const stream of [child.stdout, child.stderr]) {
    let rest = '';
    stream?.setEncoding('utf8').on('data', (text: string) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) listener(line);
    });
  }
}
