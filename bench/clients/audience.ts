import type { Subscriber } from './subscriber.ts';

/** Subscribers that all hear the same. */
export interface Audience {
  /** Resolves when every member has got so many further messages. */
  hears(each: number): Promise<void>;
  readonly members: readonly Subscriber[];
  close(): void;
}

/** Opens them some at a time; `open` gets what to call with the messages that came. */
export async function openAudience(
  size: number,
  open: (onMessages: (count: number) => void, place: number) => Promise<Subscriber>,
): Promise<Audience> {
  const members: Subscriber[] = [];
  let missing = 0;
  let done: () => void = () => undefined;
  const onMessages = (count: number) => {
    missing -= count;
    if (missing === 0) done();
  };
  while (members.length < size) {
    const many = Math.min(50, size - members.length);
    const first = members.length;
    members.push(
      ...(await Promise.all(Array.from({ length: many }, (_, index) => open(onMessages, first + index)))),
    );
  }
  return {
    members,
    hears(each) {
      missing += each * size;
      return new Promise((resolve, reject) => {
        const late = setTimeout(() => reject(new Error(`${missing} deliveries did not come`)), 30_000);
        done = () => {
          clearTimeout(late);
          resolve();
        };
      });
    },
    close() {
      for (const member of members) member.close();
    },
  };
}
