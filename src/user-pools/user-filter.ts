import { invalidParameter } from './errors.ts';

/** What users can be searched by. */
export const SEARCH_ATTRIBUTES = [
  'username',
  'email',
  'phone_number',
  'name',
  'given_name',
  'family_name',
  'preferred_username',
  'cognito:user_status',
  'status',
  'sub',
] as const;
export type SearchAttribute = (typeof SEARCH_ATTRIBUTES)[number];

/** One clause: the value of an attribute is the text, or begins with it. */
export interface UserFilter {
  readonly attribute: SearchAttribute;
  readonly match: 'equal' | 'prefix';
  readonly value: string;
}

/** `name = "value"` or `name ^= "value"`; a quotation mark or a backslash in the value has a backslash before it. */
const CLAUSE = /^\s*([^\s="^]+)\s*(\^?=)\s*"((?:[^"\\]|\\["\\])*)"\s*$/;

/** Undefined for an empty text, which lets everybody through. Throws INVALID_PARAMETER. */
export function parseUserFilter(text: string): UserFilter | undefined {
  if (text === '') return undefined;
  const [, name, operator, quoted] = CLAUSE.exec(text) ?? [];
  if (name === undefined || quoted === undefined) throw invalidParameter('Error while parsing filter');
  const attribute = SEARCH_ATTRIBUTES.find((each) => each === name);
  if (attribute === undefined) throw invalidParameter(`Invalid search attribute: ${name}`);
  return {
    attribute,
    match: operator === '=' ? 'equal' : 'prefix',
    value: quoted.replaceAll(/\\(["\\])/g, '$1'),
  };
}
