import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import type { Queryable, Sql } from '../database/connection.ts';

export type MessageKind =
  | 'sign-up'
  | 'resend'
  | 'forgot-password'
  | 'attribute'
  | 'mfa'
  | 'otp'
  | 'invitation'
  | 'push'
  | 'message';

/** Something to tell a person: a code, or a text. */
export interface Message {
  /** An e-mail address or a phone number. */
  readonly to: string;
  readonly kind: MessageKind;
  readonly code?: string;
  readonly body?: string;
}

/** Takes messages for delivery, inside the transaction that they belong to: a message of a roll-back is never sent. */
export interface CodeSender {
  send(sql: Queryable, message: Message): Promise<void>;
}

/** A message as `/dev/outbox` lists it. */
export interface OutboxEntry extends Message {
  /** ISO 8601. */
  readonly at: string;
}

export interface Outbox extends CodeSender {
  /** Newest first, at most 100; to one address where `to` is given. */
  list(to: string | undefined): Promise<readonly OutboxEntry[]>;
}

/** Where no mail or SMS sender is configured: messages are kept in a table and logged, for a developer to read. */
export function createOutbox({
  sql: reader,
  clock,
  log,
}: {
  readonly sql: Sql;
  readonly clock: Clock;
  readonly log: Log;
}): Outbox {
  return {
    async send(sql, { to, kind, code, body }) {
      await sql`
        insert into rockpool.outbox ("to", kind, code, body, at)
        values (${to}, ${kind}, ${code ?? null}, ${body ?? null}, ${new Date(clock.now())})`;
      log.info({ to, kind, ...(code === undefined ? { body } : { code }) }, 'a message for the outbox');
    },
    async list(to) {
      const rows = await reader<
        { to: string; kind: MessageKind; code: string | null; body: string | null; at: Date }[]
      >`
        select "to", kind, code, body, at from rockpool.outbox
        where ${to === undefined ? reader`true` : reader`"to" = ${to}`} order by id desc limit 100`;
      return rows.map(({ to: address, kind, code, body, at }) => ({
        to: address,
        kind,
        ...(code === null ? {} : { code }),
        ...(body === null ? {} : { body }),
        at: at.toISOString(),
      }));
    },
  };
}
