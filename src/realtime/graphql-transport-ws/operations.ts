import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import type { Caller } from '../../auth/caller.ts';
import { RockpoolError } from '../../base/errors.ts';
import type { Binding, LiveBinder } from '../../graphql/live/binder.ts';
import type { Documents, Operation } from '../../graphql/live/documents.ts';
import { RefusedRequest } from '../../graphql/live/refused-request.ts';
import type { RealtimeEvents } from '../events.ts';
import type { Member } from '../group.ts';
import type { Hub, Start } from '../hub.ts';
import { changesView, type RightsChange } from '../rights.ts';
import type { Sink } from '../sink.ts';
import { messages, type SubscribePayload } from './messages.ts';

export interface OperationsParts {
  readonly documents: Documents;
  readonly binder: LiveBinder;
  readonly hub: Hub;
  readonly events: RealtimeEvents;
  readonly startOf: (binding: Binding, caller: Caller) => Promise<Start>;
  readonly execute: Execute;
  /** Any error as GraphQL shows it. */
  readonly describe: (error: unknown) => readonly GraphQLFormattedError[];
  /** Subscriptions and requests under way, together. */
  readonly maxOperations: number;
}

/** Runs a query or a mutation as over HTTP. */
export type Execute = (
  request: {
    readonly query: string;
    readonly operationName: string | undefined;
    readonly variables: Readonly<Record<string, unknown>>;
    readonly extensions: Readonly<Record<string, unknown>>;
  },
  caller: Caller,
) => Promise<{
  readonly data?: unknown;
  readonly errors?: readonly GraphQLFormattedError[] | undefined;
  readonly extensions?: unknown;
}>;

/** An id that is taken: by a subscription once `member` is there, before that by what leads to one, or by a request. */
interface Slot {
  member: Member | undefined;
}

/** What the operations need of their socket. */
export interface OperationsSocket {
  readonly sink: Sink;
  send(text: string): void;
  /** The caller as known now. Waits while his rights are being looked at. */
  caller(): Promise<Caller>;
}

/**
 * What runs on one socket, by id. Rights may change at any time: `turn` tells what was begun with rights that are no
 * longer those of now, and `suspended` members wait until they are known again.
 */
export class Operations {
  readonly #parts: OperationsParts;
  readonly #socket: OperationsSocket;
  readonly #slots = new Map<string, Slot>();
  #turn = 0;
  /** Set where a change since the last look made the view another one. */
  #viewChanged = false;

  constructor(parts: OperationsParts, socket: OperationsSocket) {
    this.#parts = parts;
    this.#socket = socket;
  }

  has(id: string): boolean {
    return this.#slots.has(id);
  }

  /** Resolves when it is answered, refused, or live. */
  async begin(id: string, payload: SubscribePayload): Promise<void> {
    const slot: Slot = { member: undefined };
    this.#slots.set(id, slot);
    try {
      if (this.#slots.size > this.#parts.maxOperations) {
        const error = new GraphQLError(`One socket holds at most ${this.#parts.maxOperations} operations.`);
        throw new RefusedRequest([error], 'BAD_REQUEST');
      }
      const operation = this.#parts.documents.operation(payload.query, payload.operationName);
      if (operation.node.operation === 'subscription') await this.#listen(id, slot, operation, payload);
      else await this.#answer(id, slot, payload);
    } catch (error) {
      this.#fail(id, slot, error);
    }
  }

  /** The client wants no more of it. */
  complete(id: string): void {
    const slot = this.#slots.get(id);
    if (slot === undefined) return;
    this.#slots.delete(id);
    this.#drop(slot);
  }

  endAll(): void {
    for (const slot of this.#slots.values()) this.#drop(slot);
    this.#slots.clear();
  }

  /** Nothing more is sent with the rights of before; `applyRights` follows when those of now are known. */
  suspend(change: RightsChange): void {
    this.#turn++;
    this.#viewChanged ||= changesView(change.operation);
    for (const { member } of this.#slots.values()) {
      if (member !== undefined) this.#parts.hub.suspend(member, change.seq);
    }
  }

  /** Goes on as `caller` may, unless the rights change again meanwhile. Throws where they cannot be told just now. */
  async applyRights(caller: Caller): Promise<void> {
    const turn = this.#turn;
    const { hub } = this.#parts;
    const live = [...this.#slots].flatMap(([id, slot]) =>
      slot.member === undefined ? [] : [{ id, slot, member: slot.member }],
    );
    if (!this.#viewChanged) {
      for (const { member } of live) hub.resume(member);
      return;
    }
    const rebound = await Promise.allSettled(live.map(({ member }) => member.binding.rebind(caller)));
    if (turn !== this.#turn) return;
    this.#viewChanged = false;
    for (const [at, { id, slot, member }] of live.entries()) {
      const outcome = rebound[at];
      if (this.#slots.get(id) !== slot || outcome === undefined) continue;
      if (outcome.status === 'fulfilled') hub.rebound(member, outcome.value);
      else if (isUnavailable(outcome.reason)) throw outcome.reason;
      else this.#fail(id, slot, outcome.reason);
    }
  }

  async #listen(id: string, slot: Slot, operation: Operation, payload: SubscribePayload): Promise<void> {
    const { binder, hub, startOf, events } = this.#parts;
    const request = { operation, variables: payload.variables, after: payload.extensions['after'] };
    for (;;) {
      const caller = await this.#socket.caller();
      const turn = this.#turn;
      const binding = await binder.bind(request, caller);
      const start = await startOf(binding, caller);
      if (this.#slots.get(id) !== slot) return;
      if (turn !== this.#turn) continue;
      const prefix = Buffer.from(messages.nextPrefix(id));
      slot.member = hub.open({ sink: this.#socket.sink, id, prefix }, binding, start);
      events.subscribed();
      return;
    }
  }

  async #answer(
    id: string,
    slot: Slot,
    { query, operationName, variables, extensions }: SubscribePayload,
  ): Promise<void> {
    const caller = await this.#socket.caller();
    const result = await this.#parts.execute({ query, operationName, variables, extensions }, caller);
    if (this.#slots.get(id) !== slot) return;
    this.#slots.delete(id);
    if (result.data === undefined && result.errors !== undefined && result.errors.length > 0) {
      this.#socket.send(messages.error(id, result.errors));
      return;
    }
    this.#socket.sink.together(() => {
      this.#socket.send(messages.next(id, result));
      this.#socket.send(messages.complete(id));
    });
  }

  #fail(id: string, slot: Slot, error: unknown): void {
    if (this.#slots.get(id) !== slot) return;
    this.#slots.delete(id);
    this.#drop(slot);
    this.#socket.send(messages.error(id, this.#parts.describe(error)));
  }

  #drop({ member }: Slot): void {
    if (member === undefined) return;
    this.#parts.hub.close(member);
    this.#parts.events.unsubscribed();
  }
}

function isUnavailable(error: unknown): boolean {
  return error instanceof RockpoolError && error.code === 'UNAVAILABLE';
}
