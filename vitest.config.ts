import { configDefaults, defineConfig } from 'vitest/config';

// Tests lie in a folder named for the room they test. What needs a server or runs the built command has a name that
// says so.
const withServers = ['test/**/*.server.test.ts', 'test/{integration,e2e}/**/*.test.ts'];

/** Tests of servers that have addresses of their own: `PGM_TEST_SERVERS=containers`. */
const onlyOnContainers = process.env['PGM_TEST_SERVERS'] === 'containers' ? [] : ['test/containers/**'];

export default defineConfig({
  test: {
    globalSetup: ['test/support/global-setup.ts'],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // A file with servers runs two of them beside itself: more files at once would only slow each other down.
    maxWorkers: 2,
    restoreMocks: true,
    projects: [
      // Pure tests share their modules: loading them anew for each file would take longer than the tests.
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: withServers,
          isolate: false,
          // Its JSON is imported in a way that Node 20 refuses and Vite takes.
          server: { deps: { inline: [/@actions\/workflow-parser/] } },
        },
      },
      {
        extends: true,
        test: {
          name: 'integration',
          include: withServers,
          exclude: [...configDefaults.exclude, ...onlyOnContainers],
          testTimeout: 120_000,
        },
      },
    ],
  },
});
