/**
 * One socket that speaks graphql-transport-ws.
 *
 *            connection_init          credentials hold
 *   opened ───────────────▶ authenticating ──────────▶ acknowledged ◀──┐
 *     │ no init in time        │                          │            │ still good
 *     │ 4408                   │ 4401 · 4403 · 1013       │ rights     │
 *     ▼                        ▼                          ▼ changed    │
 *   closed ◀───────────────────┴──── 4403 · 1013 ─── acknowledged, asking again
 *
 * Any state: no message of the protocol 4400, a second init 4429, a message before its time 4401, an id that is taken
 * 4409, a node that goes away 1001, a token at its end 4403, a reader that is too slow 1013.
 */
import type { Caller } from '../../auth/caller.ts';
import { TokenError } from '../../auth/token-error.ts';
import { messageOf, RockpoolError } from '../../base/errors.ts';
import { textFrame } from '../frames.ts';
import type { Rights, RightsChange, RightsHolder } from '../rights.ts';
import type { Sink } from '../sink.ts';
import type { Sweep, Swept } from '../sweep.ts';
import { credentialsOf, type SocketCredentials } from './credentials.ts';
import { CLOSE, messages, parseMessage, type ClientMessage } from './messages.ts';
import { Operations, type OperationsParts } from './operations.ts';

export interface ConnectionParts extends OperationsParts {
  /** Throws UNAUTHENTICATED, or UNAVAILABLE where credentials cannot be checked just now. */
  readonly authenticate: (credentials: SocketCredentials) => Promise<Caller>;
  readonly rights: Rights;
  readonly sweep: Sweep;
  /** Milliseconds from the handshake to the init. */
  readonly initialisationMs: number;
  /** Operations that are being begun at once; above it the socket is not read. */
  readonly maxPending: number;
}

/** The socket below, four methods of it. */
export interface Channel {
  readonly sink: Sink & { caller: Caller | undefined };
  ping(): void;
  /** Stops and goes on reading. */
  pause(): void;
  resume(): void;
  /** Drops it without a word: the other side has not answered for too long. */
  terminate(): void;
}

type State = 'opened' | 'authenticating' | 'acknowledged' | 'closed';

export class Connection implements RightsHolder, Swept {
  readonly #parts: ConnectionParts;
  readonly #channel: Channel;
  readonly #operations: Operations;
  #state: State = 'opened';
  #timer: NodeJS.Timeout | undefined;
  #credentials: SocketCredentials | undefined;
  #caller: Caller | undefined;
  /** While the rights are looked at again. */
  #asking: Promise<void> | undefined;
  /** They changed since they were asked for. */
  #doubted = false;
  #pending = 0;
  #heard = true;

  constructor(parts: ConnectionParts, channel: Channel) {
    this.#parts = parts;
    this.#channel = channel;
    this.#operations = new Operations(parts, {
      sink: channel.sink,
      send: (text) => this.#send(text),
      caller: () => this.#callerOfNow(),
    });
    this.#timer = setTimeout(
      () => this.close(CLOSE.initialisationTimeout, 'Connection initialisation timeout'),
      parts.initialisationMs,
    );
    parts.sweep.add(this);
    parts.events.opened();
  }

  get expiresAt(): number | undefined {
    return this.#caller?.kind === 'user' ? this.#caller.expiresAt : undefined;
  }

  /** Operations that are not done yet, subscriptions that are live left aside. */
  get pending(): number {
    return this.#pending;
  }

  /** A text message, or undefined for any other. */
  receive(text: string | undefined): void {
    this.#heard = true;
    if (this.#state === 'closed') return;
    const message = text === undefined ? undefined : parseMessage(text);
    if (message === undefined) this.close(CLOSE.malformed, 'Invalid message received');
    else this.#handle(message);
  }

  /** Something came that is no message: a pong. */
  sawLife(): void {
    this.#heard = true;
  }

  beat(): void {
    if (this.#heard) {
      this.#heard = false;
      this.#channel.ping();
      return;
    }
    this.#parts.events.deadSocket();
    this.ended(1006);
    this.#channel.terminate();
  }

  expire(): void {
    this.#parts.events.expired();
    this.close(CLOSE.forbidden, 'The token has expired.');
  }

  rightsChanged(change: RightsChange): void {
    this.#operations.suspend(change);
    this.#doubted = true;
    this.#asking ??= this.#askAgain();
  }

  /** The sink says so to `ended`, as it does when it closes by itself. */
  close(code: number, reason: string): void {
    if (this.#pending >= this.#parts.maxPending) this.#channel.resume();
    this.#channel.sink.close(code, reason);
  }

  /** The socket is gone or going: nothing more comes of it. */
  ended(code: number): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    clearTimeout(this.#timer);
    this.#parts.sweep.remove(this);
    if (this.#caller !== undefined) this.#parts.rights.release(this.#caller, this);
    this.#operations.endAll();
    this.#parts.events.closed(code);
  }

  #handle(message: ClientMessage): void {
    switch (message.type) {
      case 'connection_init':
        if (this.#state === 'opened') void this.#initialise(credentialsOf(message.payload));
        else this.close(CLOSE.secondInitialisation, 'Too many initialisation requests');
        return;
      case 'ping':
        this.#send(messages.pong(message.payload));
        return;
      case 'pong':
        return;
      case 'subscribe':
        if (this.#state !== 'acknowledged') this.close(CLOSE.unauthorized, 'Unauthorized');
        else if (this.#operations.has(message.id)) {
          this.close(CLOSE.subscriberExists, reasonOf(`Subscriber for ${message.id} already exists`));
        } else this.#begin(message.id, message.payload);
        return;
      case 'complete':
        this.#operations.complete(message.id);
        return;
    }
  }

  async #initialise(credentials: SocketCredentials): Promise<void> {
    clearTimeout(this.#timer);
    this.#state = 'authenticating';
    this.#credentials = credentials;
    const { authenticate, rights } = this.#parts;
    try {
      await rights.settled(
        () => authenticate(credentials),
        (caller) => {
          if (this.#state === 'closed') return;
          this.#caller = caller;
          this.#channel.sink.caller = caller;
          this.#state = 'acknowledged';
          rights.hold(caller, this);
          this.#send(messages.acknowledge);
        },
      );
    } catch (error) {
      this.#refuse(error, CLOSE.unauthorized);
    }
  }

  #begin(id: string, payload: Parameters<Operations['begin']>[1]): void {
    this.#pending++;
    if (this.#pending === this.#parts.maxPending) this.#channel.pause();
    void this.#operations.begin(id, payload).finally(() => {
      if (this.#pending === this.#parts.maxPending) this.#channel.resume();
      this.#pending--;
    });
  }

  async #callerOfNow(): Promise<Caller> {
    while (this.#asking !== undefined) await this.#asking;
    if (this.#caller === undefined || this.#state === 'closed') {
      throw new RockpoolError('UNAUTHENTICATED', 'The socket is closed.');
    }
    return this.#caller;
  }

  async #askAgain(): Promise<void> {
    const { authenticate, rights } = this.#parts;
    const credentials = this.#credentials ?? { authorization: undefined, apiKey: undefined };
    try {
      while (this.#doubted && this.#state === 'acknowledged') {
        this.#doubted = false;
        await rights.settled(
          () => authenticate(credentials),
          (caller) => (this.#caller = caller),
        );
        if (this.#caller !== undefined) await this.#operations.applyRights(this.#caller);
      }
    } catch (error) {
      // What held once and no longer does: a fresh token may.
      this.#refuse(error, CLOSE.forbidden);
    }
    // In the turn in which nothing was in doubt: whoever comes later asks again.
    this.#asking = undefined;
  }

  #refuse(error: unknown, code: number): void {
    if (!(error instanceof RockpoolError) || error.code !== 'UNAUTHENTICATED') {
      this.#parts.events.uncheckable(error);
      this.close(CLOSE.tryAgainLater, 'credentials cannot be checked just now: come back');
    } else if (error instanceof TokenError && error.lapsed)
      this.close(CLOSE.forbidden, reasonOf(error.message));
    else this.close(code, reasonOf(messageOf(error)));
  }

  #send(text: string): void {
    this.#channel.sink.write(textFrame(text));
  }
}

/** A close frame holds 123 bytes of reason. */
function reasonOf(text: string): string {
  let reason = text;
  while (Buffer.byteLength(reason) > 123) reason = reason.slice(0, -1);
  return reason;
}
