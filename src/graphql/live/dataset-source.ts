import { isObject } from '../../base/json.ts';
import { topics, type DatasetImage, type Entry, type RecordImage } from '../../feed/journal.ts';
import { identityHash, startOf } from '../../feed/position.ts';
import type { LiveSource } from './live-source.ts';

/** `datasetChanged`: all datasets of one identity, or the one that is named. */
export function datasetSource(identity: string, name: string | undefined): LiveSource {
  const hash = identityHash(identity);
  return {
    place: { kind: 'dataset', identity },
    topic:
      name === undefined
        ? { prefix: topics.datasetsOf(identity) }
        : { equals: [topics.dataset(identity, name)] },
    // A pull or a push of this identity knows better than the horizon what its answer held.
    startOf: (position) => startOf(position, hash),
    project(entry, position) {
      if (name !== undefined && entry.key !== name) return undefined;
      if (entry.operation === 'push') return datasetEvent('CHANGED', entry, position, recordsOf(entry.after));
      if (entry.operation === 'drop') return datasetEvent('DELETED', entry, position, []);
      return undefined;
    },
    resync: (position) => ({
      kind: 'RESYNC',
      position,
      name: name ?? null,
      syncCount: null,
      deviceId: null,
      records: [],
    }),
  };
}

function datasetEvent(
  kind: 'CHANGED' | 'DELETED',
  entry: Entry,
  position: string,
  records: readonly object[],
): object {
  return { kind, position, name: entry.key, syncCount: entry.version, deviceId: entry.device, records };
}

function recordsOf(image: unknown): readonly object[] {
  return isDatasetImage(image) ? image.records.map(recordView) : [];
}

function isDatasetImage(image: unknown): image is DatasetImage {
  return isObject(image) && Array.isArray(image['records']);
}

/** A record as the GraphQL type has it. */
function recordView(record: RecordImage): object {
  return {
    key: record.k,
    value: record.v,
    syncCount: record.c,
    lastModifiedAt: new Date(record.m).toISOString(),
    lastModifiedBy: record.b,
    deviceLastModifiedAt: new Date(record.d).toISOString(),
  };
}
