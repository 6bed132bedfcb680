import { isObject } from '../../base/json.ts';
import { FIELD_NAMES, type FieldName, type Fields } from '../scenario.ts';
import type { Answer, Wire } from '../wire.ts';
import { createQueue, emptyTally, type Device } from './device.ts';

const ROW = `id ${FIELD_NAMES.join(' ')} _version _deleted _lastChangedAt`;

/** A row as the server sends it. */
interface Row {
  readonly fields: Fields;
  readonly version: number;
  readonly deleted: boolean;
}

/** What waits to be sent, on the version that the device saw when it began. */
interface Pending {
  readonly kind: 'create' | 'update' | 'delete';
  readonly fields: Partial<Record<FieldName, string | null>>;
  version: number | undefined;
}

/** A device with a local copy and an outbox, as a client of a shared model has it. */
export function createModelDevice(parts: {
  readonly name: string;
  readonly person: string;
  readonly type: string;
  /** As the list and sync fields spell it. */
  readonly plural: string;
  readonly id: string;
  readonly wire: Wire;
  readonly observer: Wire;
}): Device {
  const { name, person, type, plural, id, wire, observer } = parts;
  const documents = documentsFor(type, plural);
  const tally = emptyTally();
  const queue = createQueue();
  const listeners: (() => void)[] = [];
  const refusals: ((fields: Fields) => void)[] = [];
  let row: Row | null = null;
  let pending: Pending | null = null;
  let lastSync = 0;
  let online = false;
  let stopListening: (() => void) | undefined;

  const changed = () => listeners.forEach((listener) => listener());

  function view(): Fields | null {
    if (pending?.kind === 'delete') return null;
    const stored = row === null || row.deleted ? null : row.fields;
    if (pending === null) return stored;
    return pending.kind === 'create'
      ? { ...pending.fields }
      : stored === null
        ? null
        : { ...stored, ...pending.fields };
  }

  function queueChange(kind: Pending['kind'], fields: Fields): Promise<void> {
    const began = pending;
    if (began !== null && began.kind !== 'delete' && kind === 'update') Object.assign(began.fields, fields);
    else pending = { kind, fields: { ...fields }, version: began?.version ?? row?.version };
    changed();
    return online ? queue.run(flush) : Promise.resolve();
  }

  async function flush(): Promise<void> {
    for (let attempt = 0; pending !== null; attempt++) {
      const sent = pending;
      if (attempt === 5) throw new Error(`${name} could not send in five attempts: others kept writing.`);
      // A new item has no version; over a tombstone of the same id it is made anew.
      const version = sent.kind === 'create' || sent.version === undefined ? {} : { _version: sent.version };
      const fields = sent.kind === 'delete' ? {} : sent.fields;
      const answer = await wire.call(documents[sent.kind], { input: { id, ...fields, ...version } });
      const [error] = answer.errors;
      if (error?.code === 'CONFLICT') {
        const current = rowOf(error.current);
        tally.conflicts++;
        tally.settledByClient++;
        if (current !== null) take(current);
        // An edit of what is gone ends here; anything else is laid on the current row and sent again.
        pending =
          current === null || (current.deleted && sent.kind === 'update')
            ? null
            : { ...sent, version: current.version };
      } else if (error !== undefined) {
        if (error.code === 'UNAVAILABLE') throw new Error(error.message);
        tally.rejected++;
        for (const listener of refusals) listener(sent.fields);
        pending = null;
      } else {
        pending = null;
        accept(sent, rowOf(answer.data?.[`${sent.kind}${type}`]));
      }
      changed();
    }
  }

  /** The server's answer is the truth; where it is not what was sent, the server settled a conflict. */
  function accept(sent: Pending, stored: Row | null): void {
    if (stored === null) return;
    const expected = sent.version === undefined ? undefined : sent.version + 1;
    const merged =
      sent.kind === 'update' && (stored.deleted || (expected !== undefined && stored.version !== expected));
    if (merged) {
      tally.conflicts++;
      tally.settledByServer++;
    }
    take(stored);
  }

  function take(next: Row): void {
    if (row === null || next.version >= row.version) row = next;
  }

  async function pull(): Promise<string> {
    let nextToken: unknown = null;
    let position = '';
    do {
      const answer: Answer = await wire.call(documents.sync, { id, lastSync, nextToken });
      const page = memberOf(answer, `sync${plural}`);
      for (const item of Array.isArray(page['items']) ? page['items'] : []) {
        const found = rowOf(item);
        if (found !== null) take(found);
      }
      if (position === '') position = answer.position ?? '';
      nextToken = page['nextToken'];
      if (nextToken === null) lastSync = Number(page['startedAt']);
    } while (nextToken !== null);
    changed();
    return position;
  }

  async function listen(after: string): Promise<void> {
    stopListening = await wire.listen(documents.changes, { id, after }, (data) => {
      const event = data[`onChange${type}`];
      if (!isObject(event)) return;
      if (event['kind'] === 'RESYNC') return void queue.run(pull);
      const found = rowOf(event['item']);
      if (found === null) return;
      take(found);
      changed();
    });
  }

  return {
    name,
    person,
    traffic: wire.traffic,
    tally,
    view,
    create: (fields) => queueChange('create', fields),
    edit: (fields) => queueChange(row === null || row.deleted ? 'create' : 'update', fields),
    remove: () => queueChange('delete', {}),
    async goOffline() {
      online = false;
      stopListening?.();
      stopListening = undefined;
      await wire.close();
    },
    async goOnline() {
      online = true;
      const position = await queue.run(pull);
      await queue.run(flush);
      await listen(position);
    },
    async settled() {
      if (!online || !queue.idle || pending !== null) return false;
      const truth = rowOf(memberOrNull(await observer.call(documents.get, { id }), `get${type}`));
      return (truth?.version ?? 0) === (row?.version ?? 0);
    },
    onView: (listener) => void listeners.push(listener),
    onRefused: (listener) => void refusals.push(listener),
    async close() {
      stopListening?.();
      await wire.close();
    },
    async cleanUp() {
      await observer.call(documents.delete, { input: { id } });
    },
  };
}

function documentsFor(type: string, plural: string) {
  const write = (operation: string, input: string) =>
    `mutation Write($input: ${input}${type}Input!) { ${operation}${type}(input: $input) { ${ROW} } }`;
  return {
    create: write('create', 'Create'),
    update: write('update', 'Update'),
    delete: write('delete', 'Delete'),
    get: `query Get($id: ID!) { get${type}(id: $id) { ${ROW} } }`,
    sync: `query Sync($id: ID!, $lastSync: AWSTimestamp, $nextToken: String) {
      sync${plural}(filter: { id: { eq: $id } }, lastSync: $lastSync, nextToken: $nextToken, limit: 1000) {
        items { ${ROW} } nextToken startedAt
      }
    }`,
    changes: `subscription Changes($id: ID!, $after: String!) {
      onChange${type}(filter: { id: { eq: $id } }, after: $after) { kind item { ${ROW} } }
    }`,
  } as const;
}

function rowOf(value: unknown): Row | null {
  if (!isObject(value)) return null;
  const fields = Object.fromEntries(FIELD_NAMES.map((field) => [field, value[field] ?? null])) as Fields;
  return { fields, version: Number(value['_version']), deleted: value['_deleted'] === true };
}

function memberOf(answer: Answer, field: string): Readonly<Record<string, unknown>> {
  const member = memberOrNull(answer, field);
  if (!isObject(member)) throw new Error(`${field}: the answer has no ${field}.`);
  return member;
}

function memberOrNull(answer: Answer, field: string): unknown {
  const [error] = answer.errors;
  if (error !== undefined) throw new Error(`${field}: ${error.message}`);
  return answer.data?.[field] ?? null;
}
