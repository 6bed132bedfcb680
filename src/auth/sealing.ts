import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { RockpoolError } from '../base/errors.ts';
import { parseJson, type Json } from '../base/json.ts';
import { equalSecrets } from './equal.ts';

/**
 * What only this server may read or have written. Every value begins with the id of the key that made it, so that
 * keys can be rotated: the first key makes, all of them open. A purpose is a short fixed text that names what the
 * value is for; each has keys of its own, and what was made for one purpose does not hold for another.
 */
export interface Sealer {
  /** Ids of the keys in their order: the first seals. */
  readonly keyIds: readonly string[];
  /** `<keyId>.<base64url of iv, tag and ciphertext>`, other each time. */
  seal(plain: string, purpose: string): string;
  /** The plain text. INTERNAL_SERVER_ERROR when it was altered, is for another purpose, or its key is not here. */
  open(sealed: string, purpose: string): string;
  /** As `open`, for values that come from outside: undefined where `open` throws. */
  tryOpen(sealed: string, purpose: string): string | undefined;
  /** `<keyId>.<mac>`, the same each time for the same first key. */
  mac(text: string, purpose: string): string;
  /** True for what `mac` made of this text under any of the keys. In constant time. */
  verifyMac(text: string, mac: string, purpose: string): boolean;
  /** A token that anyone can read and nobody can change: `<keyId>.<base64url of JSON>.<mac>`. */
  signToken(payload: Json, purpose: string): string;
  /** What was signed, or undefined for any other text. Whether it is still good is for the caller to say. */
  openToken(token: string, purpose: string): Json | undefined;
}

const KEY_BYTES = 32;
const IV_BYTES = 12;
const TAG_BYTES = 16;
/** Longer texts are none of ours: they are not even hashed. */
const MAX_TOKEN_CHARACTERS = 64 * 1024;

interface Key {
  readonly id: string;
  /** 32 bytes for one use and purpose. */
  derive(use: 'seal' | 'mac' | 'token', purpose: string): Buffer;
}

/** `keys`: one or more of 32 bytes; the first seals, all open. */
export function createSealer(keys: readonly Buffer[]): Sealer {
  const ring = keys.map((key) => createKey(key));
  const first = ring[0];
  if (first === undefined) throw new TypeError('A sealer needs a key.');
  const byId = new Map(ring.map((key) => [key.id, key]));

  const tagOf = (key: Key, use: 'mac' | 'token', text: string, purpose: string): string =>
    createHmac('sha256', key.derive(use, purpose)).update(text).digest('base64url');

  function tryOpen(sealed: string, purpose: string): string | undefined {
    const dot = sealed.indexOf('.');
    const key = byId.get(sealed.slice(0, Math.max(dot, 0)));
    return key === undefined
      ? undefined
      : decrypt(key.derive('seal', purpose), sealed.slice(dot + 1), purpose);
  }

  return {
    keyIds: ring.map(({ id }) => id),
    seal: (plain, purpose) => `${first.id}.${encrypt(first.derive('seal', purpose), plain, purpose)}`,
    open(sealed, purpose) {
      const plain = tryOpen(sealed, purpose);
      if (plain !== undefined) return plain;
      const id = sealed.slice(0, Math.max(sealed.indexOf('.'), 0));
      const reason = byId.has(id) ? 'it was altered' : 'SECRET_KEY does not hold the key that sealed it';
      throw new RockpoolError('INTERNAL_SERVER_ERROR', `A sealed ${purpose} cannot be opened: ${reason}.`);
    },
    tryOpen,
    mac: (text, purpose) => `${first.id}.${tagOf(first, 'mac', text, purpose)}`,
    verifyMac(text, mac, purpose) {
      const key = byId.get(mac.slice(0, Math.max(mac.indexOf('.'), 0)));
      return key !== undefined && equalSecrets(mac, `${key.id}.${tagOf(key, 'mac', text, purpose)}`);
    },
    signToken(payload, purpose) {
      const body = `${first.id}.${Buffer.from(JSON.stringify(payload)).toString('base64url')}`;
      return `${body}.${tagOf(first, 'token', body, purpose)}`;
    },
    openToken(token, purpose) {
      const [id, payload, mac, ...rest] = token.length > MAX_TOKEN_CHARACTERS ? [] : token.split('.');
      const key = byId.get(id ?? '');
      if (key === undefined || payload === undefined || mac === undefined || rest.length > 0)
        return undefined;
      if (!equalSecrets(mac, tagOf(key, 'token', `${key.id}.${payload}`, purpose))) return undefined;
      return parseJson(Buffer.from(payload, 'base64url').toString('utf8')) as Json;
    },
  };
}

/**
 * The keys in a text such as `SECRET_KEY`: 32 bytes each in base64, blanks between. The error says what is wrong
 * with which of them, never what it is.
 */
export function parseSecretKeys(text: string): readonly Buffer[] {
  const words = text.split(/\s+/).filter((word) => word !== '');
  const allowed = '32 bytes in base64 are allowed (openssl rand -base64 32), several separated by blanks';
  if (words.length === 0) throw new Error(`it is empty; ${allowed}.`);
  const keys = words.map((word, index) => {
    const which = words.length === 1 ? 'it' : `key ${index + 1} of ${words.length}`;
    const key = Buffer.from(word, 'base64');
    const unpadded = (padded: string) => padded.replace(/=+$/, '');
    if (!/^[A-Za-z0-9+/]+={0,2}$/.test(word) || unpadded(key.toString('base64')) !== unpadded(word)) {
      throw new Error(`${which} is not base64; ${allowed}.`);
    }
    if (key.length !== KEY_BYTES) throw new Error(`${which} has ${key.length} bytes; ${allowed}.`);
    return key;
  });
  const twice = keys.findIndex((key, index) => keys.findIndex((other) => other.equals(key)) < index);
  if (twice >= 0) throw new Error(`key ${twice + 1} of ${words.length} is there twice; ${allowed}.`);
  return keys;
}

function createKey(key: Buffer): Key {
  if (key.length !== KEY_BYTES) throw new TypeError(`A key has ${KEY_BYTES} bytes, not ${key.length}.`);
  const derive = (info: string, bytes: number) =>
    Buffer.from(hkdfSync('sha256', key, '', `rockpool ${info}`, bytes));
  const derived = new LRUCache<string, Buffer>({ max: 256 });
  return {
    id: derive('key id', 6).toString('base64url'),
    derive(use, purpose) {
      const info = `${use} ${purpose}`;
      let found = derived.get(info);
      if (found === undefined) {
        found = derive(info, KEY_BYTES);
        derived.set(info, found);
      }
      return found;
    },
  };
}

function encrypt(key: Buffer, plain: string, purpose: string): string {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, iv, { authTagLength: TAG_BYTES }).setAAD(
    Buffer.from(purpose),
  );
  const text = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()]);
  return Buffer.concat([iv, cipher.getAuthTag(), text]).toString('base64url');
}

function decrypt(key: Buffer, text: string, purpose: string): string | undefined {
  const bytes = Buffer.from(text, 'base64url');
  // One spelling a value: Node's decoder passes over what does not belong.
  if (bytes.length < IV_BYTES + TAG_BYTES || bytes.toString('base64url') !== text) return undefined;
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, IV_BYTES), {
    authTagLength: TAG_BYTES,
  })
    .setAAD(Buffer.from(purpose))
    .setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
  try {
    return Buffer.concat([decipher.update(bytes.subarray(IV_BYTES + TAG_BYTES)), decipher.final()]).toString(
      'utf8',
    );
  } catch {
    return undefined;
  }
}
