import { isObject, parseJson } from '../../base/json.ts';
import type { Way } from '../contenders.ts';
import type { Fields } from '../scenario.ts';
import type { Answer, Wire } from '../wire.ts';
import { createQueue, emptyTally, type Device } from './device.ts';
import { settle } from './settle.ts';

const RECORD = 'key value syncCount deviceLastModifiedAt';
const PULL = `query Pull($name: String!, $since: Long!) {
  pullDataset(name: $name, since: $since) { syncCount records { ${RECORD} } position }
}`;
const PUSH = `mutation Push($input: PushDatasetInput!) {
  pushDataset(input: $input) {
    __typename
    ... on DatasetPushed { syncCount records { ${RECORD} } }
    ... on DatasetConflict { syncCount }
  }
}`;
const CHANGES = `subscription Changes($name: String!, $after: String!) {
  datasetChanged(name: $name, after: $after) { kind syncCount deviceId records { ${RECORD} } }
}`;

const DROP = 'mutation Drop($name: String!) { deleteDataset(name: $name) { name } }';

/** The thing is one record of the dataset, its fields a JSON text: what apps on this model usually do. */
const KEY = 'note';

/** The one record as a device holds it. */
interface Local {
  value: Fields | null;
  /** What it was when it last agreed with the server. */
  base: Fields | null;
  /** Count of the record that the device last saw, 0 for none. */
  syncCount: number;
  dirty: boolean;
  at: number;
}

/** A device that keeps a dataset as the Cognito Sync clients do: pull, settle, push, again until nobody was faster. */
export function createDatasetDevice(parts: {
  readonly name: string;
  readonly person: string;
  readonly dataset: string;
  readonly way: Way;
  readonly wire: Wire;
  /** A watcher's wire, not counted: what the server holds. */
  readonly observer: Wire;
  /** Milliseconds, never the same twice. */
  readonly now: () => number;
}): Device {
  const { name, person, dataset, way, wire, observer, now } = parts;
  const local: Local = { value: null, base: null, syncCount: 0, dirty: false, at: 0 };
  const tally = emptyTally();
  const queue = createQueue();
  const listeners: (() => void)[] = [];
  const refusals: ((fields: Fields) => void)[] = [];
  let lastSyncCount = 0;
  let online = false;
  let stopListening: (() => void) | undefined;

  const changed = () => listeners.forEach((listener) => listener());

  function change(value: Fields | null): Promise<void> {
    local.value = value;
    local.at = now();
    local.dirty = true;
    changed();
    return online ? queue.run(async () => void (await synchronize())) : Promise.resolve();
  }

  /** What came from the server, laid against what the device holds. */
  function absorb(records: readonly RemoteRecord[]): void {
    for (const record of records) {
      if (record.syncCount <= local.syncCount) continue;
      if (local.dirty) {
        tally.conflicts++;
        tally.settledByClient++;
        const settled = settle(
          way,
          local.base,
          { value: local.value, at: local.at },
          { value: record.value, at: record.at },
        );
        local.value = settled.value;
        local.dirty = settled.push;
      } else {
        local.value = record.value;
        local.at = record.at;
      }
      local.base = record.value;
      local.syncCount = record.syncCount;
      changed();
    }
  }

  async function synchronize(): Promise<string> {
    let position = '';
    for (let attempt = 0; attempt < 5; attempt++) {
      const pulled = memberOf(await wire.call(PULL, { name: dataset, since: lastSyncCount }), 'pullDataset');
      absorb(recordsIn(pulled));
      lastSyncCount = Number(pulled['syncCount']);
      position = String(pulled['position']);
      if (!local.dirty || (await push())) return position;
    }
    throw new Error(`${name} could not push in five attempts: others kept writing.`);
  }

  /** True when nothing is left to do. */
  async function push(): Promise<boolean> {
    const patch = {
      op: local.value === null ? 'REMOVE' : 'REPLACE',
      key: KEY,
      ...(local.value === null ? {} : { value: JSON.stringify(local.value) }),
      syncCount: local.syncCount,
      deviceLastModifiedAt: new Date(local.at).toISOString(),
    };
    const answer = await wire.call(PUSH, { input: { name: dataset, deviceId: name, patches: [patch] } });
    if (answer.errors.length > 0) {
      // Refused for good: the app falls back to what the server holds.
      if (answer.errors[0]?.code === 'UNAVAILABLE') throw new Error(answer.errors[0].message);
      tally.rejected++;
      for (const listener of refusals) listener(local.value ?? {});
      local.value = local.base;
      local.dirty = false;
      changed();
      return true;
    }
    const result = memberOf(answer, 'pushDataset');
    if (result['__typename'] !== 'DatasetPushed') return false;
    const [stored] = recordsIn(result);
    local.syncCount = stored?.syncCount ?? local.syncCount;
    local.base = local.value;
    local.dirty = false;
    const alone = Number(result['syncCount']) === lastSyncCount + 1;
    if (alone) lastSyncCount++;
    return alone;
  }

  async function listen(after: string): Promise<void> {
    stopListening = await wire.listen(CHANGES, { name: dataset, after }, (data) => {
      const event = data['datasetChanged'];
      if (!isObject(event) || event['deviceId'] === name) return;
      void queue.run(async () => {
        const next = event['kind'] === 'CHANGED' && Number(event['syncCount']) === lastSyncCount + 1;
        if (!next) return void (await synchronize());
        absorb(recordsIn(event));
        lastSyncCount++;
        return local.dirty ? void (await synchronize()) : undefined;
      });
    });
  }

  return {
    name,
    person,
    traffic: wire.traffic,
    tally,
    view: () => (local.value === null ? null : { ...local.value }),
    create: (fields) => change(fields),
    edit: (fields) => change({ ...local.value, ...fields }),
    remove: () => change(null),
    async goOffline() {
      online = false;
      stopListening?.();
      stopListening = undefined;
      await wire.close();
    },
    async goOnline() {
      online = true;
      await listen(await queue.run(synchronize));
    },
    async settled() {
      if (!online || !queue.idle || local.dirty) return false;
      const truth = memberOf(await observer.call(PULL, { name: dataset, since: 0 }), 'pullDataset');
      return Number(truth['syncCount']) === lastSyncCount;
    },
    onView: (listener) => void listeners.push(listener),
    onRefused: (listener) => void refusals.push(listener),
    async close() {
      stopListening?.();
      await wire.close();
    },
    async cleanUp() {
      await observer.call(DROP, { name: dataset });
    },
  };
}

interface RemoteRecord {
  readonly value: Fields | null;
  readonly syncCount: number;
  readonly at: number;
}

function recordsIn(holder: Readonly<Record<string, unknown>>): readonly RemoteRecord[] {
  const records = Array.isArray(holder['records']) ? holder['records'] : [];
  return records.filter(isObject).map((record) => ({
    value: typeof record['value'] === 'string' ? (parseJson(record['value']) as Fields) : null,
    syncCount: Number(record['syncCount']),
    at: Date.parse(String(record['deviceLastModifiedAt'])),
  }));
}

function memberOf(answer: Answer, field: string): Readonly<Record<string, unknown>> {
  const [error] = answer.errors;
  if (error !== undefined) throw new Error(`${field}: ${error.message}`);
  const member = answer.data?.[field];
  if (!isObject(member)) throw new Error(`${field}: the answer has no ${field}.`);
  return member;
}
