import { createHash, timingSafeEqual } from 'node:crypto';

/** Whether two secrets are the same text. Digests are compared, so that neither content nor length shows in the time. */
export function equalSecrets(a: string, b: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}
