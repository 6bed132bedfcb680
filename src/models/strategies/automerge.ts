import { isObject } from '../../base/json.ts';
import type { Strategy } from './strategy.ts';

/**
 * AppSync's AUTOMERGE (spec/appsync.md 2.4), which knows no base. Field by field, of those that were sent:
 *
 * | stored       | incoming       | result                                     |
 * | ------------ | -------------- | ------------------------------------------ |
 * | null         | anything       | incoming                                   |
 * | list         | list           | the stored list, then the incoming one     |
 * | nested type  | nested type    | member by member, by these rules           |
 * | anything else| anything, null | stored: a scalar is not overwritten        |
 *
 * AWSJSON is one scalar. A tombstone wins over an update; a delete is refused, so that the client decides.
 */
export const automerge: Strategy = (_model, _base, stored, incoming) => {
  if (incoming.operation === 'delete') return { kind: 'reject' };
  if (stored._deleted === true) return { kind: 'keep' };
  const fields: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(incoming.fields)) fields[name] = mergeValue(stored[name], value);
  return { kind: 'merge', fields };
};

function mergeValue(stored: unknown, incoming: unknown): unknown {
  if (stored === null || stored === undefined) return incoming;
  if (Array.isArray(stored) && Array.isArray(incoming))
    return [...(stored as unknown[]), ...(incoming as unknown[])];
  if (!isObject(stored) || !isObject(incoming)) return stored;
  const merged: Record<string, unknown> = { ...stored };
  for (const [name, value] of Object.entries(incoming)) merged[name] = mergeValue(stored[name], value);
  return merged;
}
