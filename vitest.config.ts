import { defineConfig } from 'vitest/config';

// Tests lie in a folder named for the room they test. What needs a server or runs the built command has a name that says so.
const withServers = ['test/**/*.server.test.ts', 'test/{integration,e2e}/**/*.test.ts'];

export default defineConfig({
  test: {
    globalSetup: ['test/support/global-setup.ts'],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // A file with servers runs two of them beside itself: more files at once would only slow each other down.
    maxWorkers: 2,
    restoreMocks: true,
    projects: [
      { extends: true, test: { name: 'unit', include: ['test/**/*.test.ts'], exclude: withServers } },
      { extends: true, test: { name: 'integration', include: withServers, testTimeout: 120_000 } },
    ],
  },
});
