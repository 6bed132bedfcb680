import { defineConfig } from 'vitest/config';

const outside = process.env['TEST_DATABASE_URL'] ?? '';

/** What must hold on every Postgres: the rooms that speak SQL. */
const ON_EVERY_POSTGRES = [
  'test/{feed,datasets,models,user-pools,identity-pools}/**/*.pg.test.ts',
  'test/database/{driver,migrate}.pg.test.ts',
];

export default defineConfig({
  resolve: {
    // vitest loads index.mjs for the tests and index.js for the tools: two modules, and `instanceof` fails.
    alias: [{ find: /^graphql$/, replacement: 'graphql/index.js' }],
  },
  test: {
    reporters: ['default', './test/support/results.ts'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // A test that fails now and then is a fault to be found.
    retry: 0,
    projects: [
      {
        extends: true,
        test: {
          name: 'embedded',
          include: ['test/**/*.test.ts'],
          globalSetup: ['test/support/embedded-setup.ts'],
        },
      },
      // With TEST_DATABASE_URL the same suites run against that server too.
      ...(outside === ''
        ? []
        : [
            {
              extends: true as const,
              test: {
                name: 'outside',
                include: ON_EVERY_POSTGRES,
                globalSetup: ['test/support/outside-setup.ts'],
              },
            },
          ]),
    ],
  },
});
