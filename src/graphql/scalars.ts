import { isIPv4, isIPv6 } from 'node:net';
import type { GraphQLScalarType } from 'graphql';
import { integerScalar } from './scalars/integer-scalar.ts';
import { textScalar } from './scalars/text-scalar.ts';
import { isDate, isDateTime, isTime } from './scalars/times.ts';

/** Up to 2^53 − 1: counts and sizes. */
export const Long = integerScalar({
  name: 'Long',
  description: 'An integer up to 2^53 − 1 in either direction: exact in every client.',
  minimum: Number.MIN_SAFE_INTEGER,
  allowed: 'a whole number from -(2^53 - 1) to 2^53 - 1, without quotation marks',
});

/** AppSync says seconds and allows negative ones; its JavaScript client does not, so neither do we. */
export const AWSTimestamp = integerScalar({
  name: 'AWSTimestamp',
  description:
    'An integer of 0 or more: seconds since the epoch; milliseconds in `_lastChangedAt`, `lastSync`, `startedAt`.',
  minimum: 0,
  allowed: 'a whole number from 0 to 2^53 - 1, without quotation marks',
});

export const AWSDate = textScalar({
  name: 'AWSDate',
  description: 'A date, `YYYY-MM-DD`, with an optional offset.',
  allowed: 'a date of the calendar such as "2026-11-22", with an optional offset ("Z", "+02:00")',
  accepts: isDate,
});

export const AWSTime = textScalar({
  name: 'AWSTime',
  description: 'A time of day, `hh:mm`, `hh:mm:ss` or `hh:mm:ss.sss`, with an optional offset.',
  allowed: 'a time of day such as "18:30" or "18:30:05.250", with an optional offset ("Z", "+02:00")',
  accepts: isTime,
});

export const AWSDateTime = textScalar({
  name: 'AWSDateTime',
  description: 'An ISO 8601 time, `YYYY-MM-DDThh:mm:ss.sss`, with an optional offset.',
  allowed: 'an ISO 8601 time such as "2026-11-22T18:30:05.250Z", with an optional offset ("Z", "+02:00")',
  accepts: isDateTime,
});

/** The form that browsers check (HTML, "valid e-mail address"), as AppSync's JavaScript client does. */
const EMAIL =
  /^[\w.!#$%&'*+/=?^`{|}~-]+@[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)*$/;

export const AWSEmail = textScalar({
  name: 'AWSEmail',
  description: 'An e-mail address.',
  allowed: 'an e-mail address such as "ana@example.com"',
  accepts: (text) => EMAIL.test(text),
});

export const AWSJSON = textScalar({
  name: 'AWSJSON',
  description: 'A string that holds JSON. It is kept as it was sent.',
  allowed: 'a string that holds JSON, such as "{\\"a\\":1}"',
  accepts: isJson,
});

export const AWSURL = textScalar({
  name: 'AWSURL',
  description: 'A URL with its scheme.',
  allowed: 'a URL with its scheme such as "https://example.com/a"',
  accepts: (text) => /^[a-zA-Z][a-zA-Z0-9+.-]*:/.test(text) && URL.canParse(text),
});

export const AWSPhone = textScalar({
  name: 'AWSPhone',
  description: 'A phone number: digits, blanks and hyphens, with an optional leading `+`.',
  allowed: 'a phone number of digits, blanks and hyphens such as "+49 30 123456"',
  accepts: (text) => /^\+?\d[\d\s-]+$/.test(text),
});

/** Without a prefix length, which AppSync allows and its JavaScript client drops the record for. */
export const AWSIPAddress = textScalar({
  name: 'AWSIPAddress',
  description: 'An IPv4 or IPv6 address.',
  allowed: 'an IPv4 or IPv6 address without a prefix length, such as "192.0.2.1" or "2001:db8::1"',
  accepts: (text) => isIPv4(text) || (isIPv6(text) && !text.includes('%')),
});

/** All scalars of the API, for `executableSchema`. */
export const scalars: readonly GraphQLScalarType[] = [
  Long,
  AWSTimestamp,
  AWSDate,
  AWSTime,
  AWSDateTime,
  AWSEmail,
  AWSJSON,
  AWSURL,
  AWSPhone,
  AWSIPAddress,
];

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
