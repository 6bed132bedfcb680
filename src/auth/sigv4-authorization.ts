import { SignatureError } from './signature-error.ts';
import type { SignedRequest } from './signed-request.ts';

/** What the headers say about the signature. */
export interface Authorization {
  readonly accessKeyId: string;
  readonly scope: {
    readonly date: string;
    readonly region: string;
    readonly service: string;
    readonly terminator: string;
  };
  /** In lower case and in order. */
  readonly signedHeaders: readonly string[];
  readonly signature: string;
  /** `YYYYMMDDTHHMMSSZ`. */
  readonly time: string;
}

const ALGORITHM = 'AWS4-HMAC-SHA256';
const PARTS = ['Credential', 'SignedHeaders', 'Signature'] as const;
/** They decide what is done, and for whom: a request that has one must have signed it. */
const MUST_BE_SIGNED = ['host', 'x-amz-security-token', 'x-amz-target'];

/** Reads `Authorization` and the date. Throws SignatureError: missing or incomplete. */
export function parseAuthorization(headers: SignedRequest['headers']): Authorization {
  const header = headers['authorization'];
  if (header === undefined || header.length === 0) {
    throw new SignatureError('missing', 'Missing authentication token: the request is not signed.');
  }
  const text = typeof header === 'string' ? header : header.length === 1 ? (header[0] ?? '') : '';
  const blank = text.indexOf(' ');
  if (text.slice(0, Math.max(blank, 0)) !== ALGORITHM) {
    throw incomplete(`Authorization header must begin with '${ALGORITHM}' once.`);
  }
  const parts = partsOf(text.slice(blank + 1));
  const { name: dateHeader, time } = dateOf(headers);
  const signedHeaders = (parts.get('SignedHeaders') ?? '').split(';');
  checkSigned(signedHeaders, [
    ...MUST_BE_SIGNED.filter((name) => name === 'host' || headers[name] !== undefined),
    dateHeader,
  ]);
  return {
    ...credentialOf(parts.get('Credential') ?? ''),
    signedHeaders,
    signature: parts.get('Signature') ?? '',
    time,
  };
}

function partsOf(text: string): ReadonlyMap<string, string> {
  const parts = new Map<string, string>();
  for (const part of text.split(',')) {
    const equals = part.indexOf('=');
    const name = part.slice(0, Math.max(equals, 0)).trim();
    if (!PARTS.some((known) => known === name) || parts.has(name)) {
      throw incomplete(`Authorization header must have ${PARTS.join(', ')}, each once, as name=value.`);
    }
    parts.set(name, part.slice(equals + 1).trim());
  }
  for (const name of PARTS) {
    if ((parts.get(name) ?? '') === '')
      throw incomplete(`Authorization header requires '${name}' parameter.`);
  }
  return parts;
}

function credentialOf(credential: string): Pick<Authorization, 'accessKeyId' | 'scope'> {
  const [accessKeyId, date, region, service, terminator, ...rest] = credential.split('/');
  if (!accessKeyId || !date || !region || !service || !terminator || rest.length > 0) {
    throw incomplete(
      "Credential must have five parts: '<access key>/<YYYYMMDD>/<region>/<service>/aws4_request'.",
    );
  }
  return { accessKeyId, scope: { date, region, service, terminator } };
}

/** `x-amz-date` wins over `date`, which may be written in either form. */
function dateOf(headers: SignedRequest['headers']): { readonly name: string; readonly time: string } {
  const name = headers['x-amz-date'] === undefined ? 'date' : 'x-amz-date';
  const value = headers[name];
  if (value === undefined)
    throw incomplete("Signature requires existence of either a 'X-Amz-Date' or a 'Date' header.");
  const text = typeof value === 'string' ? value : value.join(',');
  if (/^\d{8}T\d{6}Z$/.test(text)) return { name, time: text };
  const at = name === 'date' ? new Date(text) : undefined;
  if (at === undefined || Number.isNaN(at.getTime()) || !text.endsWith(' GMT')) {
    throw incomplete(`Date must be in the form YYYYMMDDTHHMMSSZ ('${name}').`);
  }
  return { name, time: at.toISOString().replaceAll(/[-:]|\.\d+/g, '') };
}

function checkSigned(signedHeaders: readonly string[], needed: readonly string[]): void {
  const inOrder = signedHeaders.every(
    (name, index) => /^[!#$%&'*+.^_`|~0-9a-z-]+$/.test(name) && (signedHeaders[index - 1] ?? '') < name,
  );
  if (!inOrder)
    throw incomplete("'SignedHeaders' must be names in lower case and in order, each once, with ; between.");
  for (const name of needed) {
    if (!signedHeaders.includes(name)) throw incomplete(`'${name}' must be one of the signed headers.`);
  }
}

const incomplete = (message: string) => new SignatureError('incomplete', message);
