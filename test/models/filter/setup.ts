import type { Item } from '../../../src/models/model.ts';
import { modelOf, schemaOf } from '../engine/setup.ts';

/** A model with a field of every kind that a filter can speak of. */
export const THING = `
  enum Color { RED GREEN BLUE }
  type Place { city: String }
  type Thing @model @auth(rules: [{ allow: private }]) {
    id: ID!
    title: String
    count: Int
    score: Float
    flag: Boolean
    at: AWSTimestamp
    json: AWSJSON
    color: Color
    tags: [String]
    numbers: [Float]
    flags: [Boolean]
    colors: [Color]
    palette: [Color!]!
    place: Place
  }`;

export const thing = modelOf(schemaOf(THING), 'Thing');

/** An item of it: null where nothing is given. */
export function thingItem(fields: Record<string, unknown>): Item {
  const item: Record<string, unknown> = {};
  for (const { name } of thing.fields) item[name] = null;
  return {
    ...item,
    id: 'thing',
    createdAt: '2026-01-01T00:00:00.000Z',
    updatedAt: '2026-01-01T00:00:00.000Z',
    palette: [],
    _version: 1,
    _deleted: null,
    _lastChangedAt: 1,
    ...fields,
  };
}
