export * from './datasets.ts';
export * from './feed.ts';
export * from './models.ts';
export * from './user-pools.ts';
export { rockpool } from './schema.ts';
