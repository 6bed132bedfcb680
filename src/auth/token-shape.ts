import { isObject, parseJson } from '../base/json.ts';
import { TokenError } from './token-error.ts';

/** What a token says before anybody checked it: good for choosing who checks, for nothing else. */
export interface UnverifiedToken {
  readonly kid: string;
  readonly issuer: string;
}

/** Header members that bring, or point to, a key or a reading of the token. User pools send none of them. */
const REFUSED_MEMBERS = ['jku', 'jwk', 'x5u', 'x5c', 'x5t', 'x5t#S256', 'crit', 'b64', 'zip', 'enc'];

/**
 * Reads a token as strictly as user pools write it: three parts in base64url with one spelling only, UTF-8, objects
 * without a repeated member, RS256 and a key id. Two readers can then never see two different tokens in one text.
 */
export function readUnverifiedToken(token: string): UnverifiedToken {
  const [header, payload, signature, ...rest] = token.split('.');
  if (header === undefined || payload === undefined || signature === undefined || rest.length > 0)
    throw malformed();
  bytesOf(signature);
  const { alg, kid, ...others } = objectOf(header);
  if (REFUSED_MEMBERS.some((name) => Object.hasOwn(others, name))) throw malformed();
  // User pools sign with RS256 and nothing else: `none` and HS256 with the public key as secret end here.
  if (alg !== 'RS256' || typeof kid !== 'string' || kid === '') throw new TokenError('signature');
  const { iss } = objectOf(payload);
  if (typeof iss !== 'string') throw new TokenError('issuer');
  return { kid, issuer: iss };
}

function objectOf(part: string): Record<string, unknown> {
  const bytes = bytesOf(part);
  const text = bytes.toString('utf8');
  const value = parseJson(text);
  // U+FFFD stands where the bytes were no UTF-8: then the text does not give them back.
  if (!isObject(value) || !Buffer.from(text).equals(bytes) || hasTrickyMembers(text)) throw malformed();
  return value;
}

function bytesOf(part: string): Buffer {
  const bytes = Buffer.from(part, 'base64url');
  if (part === '' || bytes.toString('base64url') !== part) throw malformed();
  return bytes;
}

/** Whether JSON has an object with a member twice, or one that means something to JavaScript's own objects. */
function hasTrickyMembers(json: string): boolean {
  const open: Set<string>[] = [];
  for (const [lexeme] of json.matchAll(/"(?:[^"\\]|\\.)*"(?:\s*:)?|[{}]/g)) {
    if (lexeme === '{') open.push(new Set());
    else if (lexeme === '}') open.pop();
    else if (lexeme.endsWith(':')) {
      const name = JSON.parse(lexeme.slice(0, lexeme.lastIndexOf('"') + 1)) as string;
      const names = open.at(-1);
      if (names === undefined || names.has(name) || name === '__proto__' || name === 'constructor')
        return true;
      names.add(name);
    }
  }
  return false;
}

const malformed = () => new TokenError('malformed');
