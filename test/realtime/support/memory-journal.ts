import type { Json } from '../../../src/base/json.ts';
import { topics, type Entry, type Operation, type RecordImage } from '../../../src/feed/journal.ts';
import { judgePosition, type Position } from '../../../src/feed/position.ts';
import type { Feed } from '../../../src/realtime/hub.ts';
import type { JournalPage, ReadPage } from '../../../src/realtime/replay.ts';

/** A journal in memory with as many readers as a test has nodes. What is written is committed at once. */
export interface MemoryJournal {
  epoch: string;
  floor: number;
  readonly entries: readonly Entry[];
  readonly head: number;
  append(entry: Partial<Entry> & Pick<Entry, 'topic' | 'key' | 'operation'>): Entry;
  readPage: ReadPage;
  /** Called before each page is answered; what it returns is waited for. */
  beforePage: () => Promise<void> | void;
  reader(): MemoryReader;
  readonly pagesRead: number;
}

export interface MemoryReader extends Feed {
  readonly floor: number;
  judge(position: Position): Promise<'ok' | 'resync'>;
  /** Gives the listeners what was written since, as one batch; at most `limit` entries. */
  deliver(limit?: number): void;
  /** Goes on at the head in whatever epoch the journal has, as after a restore. */
  restart(): void;
}

export function memoryJournal(): MemoryJournal {
  const entries: Entry[] = [];
  // Number 1 is spent, as in the real one.
  let head = 1;
  let pagesRead = 0;
  const journal: MemoryJournal = {
    epoch: 'e1',
    floor: 1,
    entries,
    beforePage: () => undefined,
    get head() {
      return head;
    },
    get pagesRead() {
      return pagesRead;
    },
    append(entry) {
      const seq = ++head;
      const whole = {
        version: seq,
        before: null,
        after: null,
        actor: null,
        device: null,
        at: new Date(),
        seq,
        ...entry,
      };
      entries.push(whole);
      return whole;
    },
    async readPage({ topic, after, upTo, limit }): Promise<JournalPage> {
      pagesRead++;
      await journal.beforePage();
      const fits = (name: string): boolean =>
        'prefix' in topic ? name.startsWith(topic.prefix) : topic.equals.includes(name);
      const { floor, epoch } = journal;
      const found = entries.filter(
        ({ seq, topic: name }) => seq > floor && seq > after && seq <= upTo && fits(name),
      );
      const page = found.slice(0, limit);
      return {
        entries: page,
        floor,
        epoch,
        through: found.length > limit ? (page.at(-1)?.seq ?? upTo) : upTo,
      };
    },
    reader: () => memoryReader(journal),
  };
  return journal;
}

function memoryReader(journal: MemoryJournal): MemoryReader {
  const onEntries = new Set<(entries: readonly Entry[]) => void>();
  const onEpoch = new Set<() => void>();
  const state = { epoch: journal.epoch, horizon: journal.head };
  return {
    get epoch() {
      return state.epoch;
    },
    get horizon() {
      return state.horizon;
    },
    get floor() {
      return journal.floor;
    },
    onEntries(listener) {
      onEntries.add(listener);
      return () => void onEntries.delete(listener);
    },
    onEpoch(listener) {
      onEpoch.add(listener);
      return () => void onEpoch.delete(listener);
    },
    judge: async (position) =>
      judgePosition(position, { epoch: state.epoch, floor: journal.floor, head: journal.head }),
    deliver(limit = Infinity) {
      const batch = journal.entries.filter(({ seq }) => seq > state.horizon).slice(0, limit);
      const last = batch.at(-1);
      if (last === undefined) return;
      state.horizon = last.seq;
      for (const listener of onEntries) listener(batch);
    },
    restart() {
      state.epoch = journal.epoch;
      state.horizon = journal.head;
      for (const listener of onEpoch) listener();
    },
  };
}

type NewEntry = Partial<Entry> & Pick<Entry, 'topic' | 'key' | 'operation'>;

/** A push of records to a dataset. */
export function pushOf(
  identity: string,
  name: string,
  version: number,
  values: Record<string, string>,
): NewEntry {
  const records: RecordImage[] = Object.entries(values).map(([k, v]) => ({
    k,
    v,
    c: version,
    m: 0,
    b: 'user:x',
    d: 0,
  }));
  return {
    topic: topics.dataset(identity, name),
    key: name,
    version,
    operation: 'push',
    after: { records } as unknown as Json,
    device: 'phone',
  };
}

export function dropOf(identity: string, name: string, version: number): NewEntry {
  return { topic: topics.dataset(identity, name), key: name, version, operation: 'drop' };
}

export interface Image {
  readonly [field: string]: Json;
  readonly id: string;
  readonly _version: number;
  readonly _deleted: true | null;
}

/** An image of an item of the test models. */
export function item(id: string, version: number, fields: Readonly<Record<string, Json>> = {}): Image {
  const at = '2026-01-01T00:00:00.000Z';
  return {
    id,
    createdAt: at,
    updatedAt: at,
    _version: version,
    _deleted: null,
    _lastChangedAt: version,
    ...fields,
  };
}

export function change(
  model: string,
  operation: Extract<Operation, 'create' | 'update' | 'delete'>,
  before: Image | null,
  after: Image,
): NewEntry {
  return {
    topic: topics.model(model),
    key: after.id,
    version: after._version,
    operation,
    before,
    after,
  };
}

export function rightsChange(sub: string, operation: Operation): NewEntry {
  return { topic: topics.caller('pool', sub), key: sub, operation };
}
