import { SignatureError } from './signature-error.ts';
import type { SignedRequest } from './signed-request.ts';

/*
 * The canonical request, from the text on the wire (spec/cognito-sync.md 1.3). Bytes above 0x7f that came raw stand
 * in Node's url as one character each.
 */

/**
 * Each segment as it came, encoded once more: `%3A` is `%253A`, and a raw `:` is `%3A`. Nothing is normalised: what
 * is signed is what is routed, so that `..` and empty segments cannot lead a signature elsewhere.
 */
export function canonicalPath(path: string): string {
  const encoded = encode(Buffer.from(path === '' ? '/' : path, 'latin1'));
  return encoded.replaceAll('%2F', '/');
}

/** Sorted by encoded name, then by encoded value. A name without `=` has an empty value, `+` is a blank. */
export function canonicalQuery(query: string): string {
  if (query === '') return '';
  return query
    .split('&')
    .filter((pair) => pair !== '')
    .map((pair) => {
      const equals = pair.indexOf('=');
      const name = equals < 0 ? pair : pair.slice(0, equals);
      return [encode(decode(name)), encode(decode(equals < 0 ? '' : pair.slice(equals + 1)))] as const;
    })
    .sort(([nameA, valueA], [nameB, valueB]) => compare(nameA, nameB) || compare(valueA, valueB))
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
}

/** `name:value` and a line end each; blanks around are dropped, blanks within are one; repeated headers in one line. */
export function canonicalHeaders(headers: SignedRequest['headers'], names: readonly string[]): string {
  const lines = names.map((name) => {
    const value = Object.hasOwn(headers, name) ? headers[name] : undefined;
    if (value === undefined)
      throw new SignatureError('incomplete', `'${name}' is a signed header, but the request has none.`);
    const values = typeof value === 'string' ? [value] : value;
    return `${name}:${values.map((each) => each.replaceAll(/[ \t]+/g, ' ').replaceAll(/^ | $/g, '')).join(',')}\n`;
  });
  return lines.join('');
}

function decode(text: string): Buffer {
  const bytes = Buffer.from(text, 'latin1');
  const decoded: number[] = [];
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i] ?? 0;
    const digits = byte === 0x25 ? text.slice(i + 1, i + 3) : '';
    if (/^[0-9A-Fa-f]{2}$/.test(digits)) {
      decoded.push(Number.parseInt(digits, 16));
      i += 2;
    } else {
      decoded.push(byte === 0x2b ? 0x20 : byte);
    }
  }
  return Buffer.from(decoded);
}

/** Everything but letters, digits and `-_.~` as `%XX`. */
function encode(bytes: Buffer): string {
  return bytes
    .toString('latin1')
    .replaceAll(
      /[^A-Za-z0-9\-_.~]/g,
      (char) => `%${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
    );
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
