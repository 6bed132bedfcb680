import { LRUCache } from 'lru-cache';

/** Values that are read once and kept until they are forgotten or pushed out by newer ones. */
export interface ReadThrough<K, V> {
  /** The value if it is here, without reading. */
  peek(key: K): V | undefined;
  /** The value, read where it is not here. Those who ask while it is being read share one reading. */
  get(key: K): Promise<V>;
  /** Drops the value. A reading under way is answered, but not kept: it may have begun before the change. */
  forget(key: K): void;
  forgetAll(): void;
}

/** `load` may reject: then nothing is kept and the next one asks again. `max`: values kept. */
export function createReadThrough<K extends string, V extends object | string>(
  max: number,
  load: (key: K) => Promise<V>,
): ReadThrough<K, V> {
  const values = new LRUCache<K, V>({ max });
  const reading = new Map<K, Promise<V>>();

  function read(key: K): Promise<V> {
    const own: Promise<V> = load(key).then(
      (value) => {
        if (settle(key, own)) values.set(key, value);
        return value;
      },
      (error: unknown) => {
        settle(key, own);
        throw error;
      },
    );
    reading.set(key, own);
    return own;
  }

  /** True where the reading still counts: nobody forgot the key since it began. */
  function settle(key: K, own: Promise<V>): boolean {
    return reading.get(key) === own && reading.delete(key);
  }

  return {
    peek: (key) => values.get(key),
    async get(key) {
      return values.get(key) ?? reading.get(key) ?? read(key);
    },
    forget(key) {
      values.delete(key);
      reading.delete(key);
    },
    forgetAll() {
      values.clear();
      reading.clear();
    },
  };
}
