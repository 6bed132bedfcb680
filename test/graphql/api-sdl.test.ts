import { readFile } from 'node:fs/promises';
import { buildSchema, parse, print, validateSchema, visit } from 'graphql';
import { describe, expect, test } from 'vitest';
import { apiSdl, reservedNamesOf } from '../../src/graphql/api-sdl.ts';
import { modelSdl } from '../../src/graphql/model-sdl/model-sdl.ts';
import { scalars } from '../../src/graphql/scalars.ts';
import { parseModels } from '../../src/models/sdl/parse-models.ts';
import { readSchemaFiles } from '../../src/models/sdl/read-schema-files.ts';

/** The fields, arguments and types of the datasets as they are promised; descriptions are left out. */
const PROMISED = `
type Query {
  position: String!
  datasets(limit: Int = 64, nextToken: String): DatasetPage!
  dataset(name: String!): Dataset
  pullDataset(name: String!, since: Long = 0, limit: Int = 1024, nextToken: String): DatasetPull!
}
type Mutation {
  pushDataset(input: PushDatasetInput!): PushDatasetResult!
  deleteDataset(name: String!, deviceId: ID): Dataset!
}
type Subscription { datasetChanged(name: String, after: String): DatasetEvent! }
type DatasetPage { items: [Dataset!]! nextToken: String }
type Dataset { name: String! syncCount: Long! createdAt: AWSDateTime! lastModifiedAt: AWSDateTime! lastModifiedBy: String! dataStorage: Long! numRecords: Long! }
type DatasetRecord { key: String! value: String syncCount: Long! lastModifiedAt: AWSDateTime! lastModifiedBy: String! deviceLastModifiedAt: AWSDateTime! }
type DatasetPull { exists: Boolean! deletedSince: Boolean! syncCount: Long! records: [DatasetRecord!]! mergedDatasets: [String!]! sessionToken: String! position: String! nextToken: String }
input PushDatasetInput { name: String! patches: [DatasetRecordPatchInput!]! deviceId: ID sessionToken: String }
input DatasetRecordPatchInput { op: DatasetPatchOp! key: String! value: String syncCount: Long! deviceLastModifiedAt: AWSDateTime }
enum DatasetPatchOp { REPLACE REMOVE }
union PushDatasetResult = DatasetPushed | DatasetConflict
type DatasetPushed { records: [DatasetRecord!]! syncCount: Long! position: String! }
type DatasetConflict { syncCount: Long! conflicts: [DatasetRecordConflict!]! }
type DatasetRecordConflict { key: String! sent: Long! current: Long! record: DatasetRecord! }
type DatasetEvent { kind: DatasetEventKind! position: String! name: String syncCount: Long deviceId: ID records: [DatasetRecord!]! }
enum DatasetEventKind { CHANGED DELETED RESYNC }
enum ChangeKind { CREATED UPDATED DELETED GONE RESYNC }`;

const sdl = await apiSdl('schema');

describe('the fixed API', () => {
  test('is a valid schema by itself', () => {
    expect(validateSchema(buildSchema(sdl))).toEqual([]);
  });

  test('has the fields and types that are promised, in form and order', () => {
    const bare = visit(parse(sdl), {
      enter: (node) => ('description' in node ? { ...node, description: undefined } : undefined),
    });
    const printed = new Map(
      bare.definitions.map((node) => ['name' in node ? (node.name?.value ?? '') : '', print(node)] as const),
    );
    for (const definition of parse(PROMISED).definitions) {
      const name = 'name' in definition ? (definition.name?.value ?? '') : '';
      expect(printed.get(name)).toBe(print(definition));
    }
  });

  test('declares the scalars that the server knows, and no others', () => {
    const declared = parse(sdl).definitions.flatMap((node) =>
      node.kind === 'ScalarTypeDefinition' ? [node.name.value] : [],
    );
    expect(declared.toSorted()).toEqual(scalars.map(({ name }) => name).toSorted());
  });

  test('reserves its names', () => {
    const reserved = reservedNamesOf(sdl);
    for (const name of ['Dataset', 'AWSJSON', 'ModelStringInput', 'ChangeKind', 'PushDatasetResult']) {
      expect(reserved.types).toContain(name);
    }
    expect([...reserved.queries]).toEqual(['position', 'datasets', 'dataset', 'pullDataset']);
    expect([...reserved.mutations]).toEqual(['pushDataset', 'deleteDataset']);
    expect([...reserved.subscriptions]).toEqual(['datasetChanged']);
  });
});

describe('the models that ship', () => {
  test('are without mistakes and give a valid schema', async () => {
    const schema = parseModels(await readSchemaFiles('schema/models'), {
      defaultStrategy: 'AUTOMERGE',
      reservedNames: reservedNamesOf(sdl),
    });
    expect(schema.models.map(({ name }) => name)).toEqual([
      'Board',
      'Note',
      'AutomergeNote',
      'OptimisticNote',
    ]);
    expect(validateSchema(buildSchema(`${sdl}\n${modelSdl(schema)}`))).toEqual([]);
  });

  test('have two for the comparison that differ in their strategy alone', async () => {
    const text = await readFile('schema/models/compare.graphql', 'utf8');
    const [merging, refusing] = parseModels([{ file: 'compare.graphql', text }], {
      defaultStrategy: 'AUTOMERGE',
      reservedNames: reservedNamesOf(sdl),
    }).models;
    expect([merging?.strategy, refusing?.strategy]).toEqual(['AUTOMERGE', 'OPTIMISTIC_CONCURRENCY']);
    expect(merging?.fields).toEqual(refusing?.fields);
    expect(merging?.rules).toEqual(refusing?.rules);
  });
});
