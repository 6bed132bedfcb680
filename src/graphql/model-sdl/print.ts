import { Kind, print } from 'graphql';
import type { Field } from '../../models/model.ts';

/** A field or an argument as SDL: `title: String!`. */
export interface Member {
  readonly name: string;
  readonly type: string;
  readonly description?: string | undefined;
}

/** `input Name { … }`, `type Name { … }` and the like. */
export function block(head: string, members: readonly (Member | string)[], description?: string): string {
  const lines = members.map((member) =>
    typeof member === 'string'
      ? `  ${member}`
      : `${described(member.description, '  ')}  ${member.name}: ${member.type}`,
  );
  return `${described(description, '')}${head} {\n${lines.join('\n')}\n}`;
}

/** `(a: A, b: B)`. */
export function argumentList(members: readonly Member[]): string {
  return `(${members.map(({ name, type }) => `${name}: ${type}`).join(', ')})`;
}

/** The type of a field, its element named `element`: `[String!]`. */
export function typeOf(field: Field, element: string, options: { readonly nullable: boolean }): string {
  const inner = field.list === undefined ? element : `[${element}${field.list.nonNullElements ? '!' : ''}]`;
  return field.nonNull && !options.nullable ? `${inner}!` : inner;
}

/** A description with its quotation marks, ended by a line feed; nothing where there is none. */
export function described(description: string | undefined, indent: string): string {
  if (description === undefined) return '';
  const text = print({ kind: Kind.STRING, value: description, block: true });
  return `${text
    .split('\n')
    .map((line) => (line === '' ? line : `${indent}${line}`))
    .join('\n')}\n`;
}
