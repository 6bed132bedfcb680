import { createDiffieHellman, createHash, getDiffieHellman, randomBytes } from 'node:crypto';

/** What the server keeps of a password for SRP sign-in, in hex. As good as a fast hash of it: store it sealed. */
export interface SrpVerifier {
  readonly salt: string;
  readonly verifier: string;
}

export interface SrpSubject {
  /** The part of the user pool id after `_`. */
  readonly poolName: string;
  /** The user's own, unchanging name, not what was typed at sign-in. */
  readonly username: string;
  readonly password: string;
}

/** The 3072-bit prime of RFC 3526, group 15, with generator 2: Cognito's variant (spec/identity.md 1.5). */
const PRIME = getDiffieHellman('modp15').getPrime();
const GENERATOR = 2;
const SALT_BYTES = 16;

/** A verifier under a fresh salt. */
export function makeVerifier(subject: SrpSubject): SrpVerifier {
  const salt = randomBytes(SALT_BYTES).toString('hex');
  return { salt, verifier: verifierOf(subject, salt) };
}

/** v = g^x mod N with x = H(PAD(salt) | H(poolName username ":" password)), in hex. `salt` is hex of any parity. */
export function verifierOf({ poolName, username, password }: SrpSubject, salt: string): string {
  const inner = createHash('sha256').update(`${poolName}${username}:${password}`).digest();
  const x = createHash('sha256').update(padded(salt)).update(inner).digest();
  // OpenSSL's exponentiation: seven times as fast as BigInt, and its time does not follow the exponent's bits.
  const group = createDiffieHellman(PRIME, GENERATOR);
  group.setPrivateKey(x);
  return group.generateKeys('hex');
}

/** Big-endian bytes with a zero byte in front when the top bit is set, as Java writes a number. */
export function padded(hex: string): Buffer {
  const digits = hex.replace(/^0+(?=.)/, '');
  const even = digits.length % 2 === 0 ? digits : `0${digits}`;
  return Buffer.from(/^[89a-f]/i.test(even) ? `00${even}` : even, 'hex');
}
