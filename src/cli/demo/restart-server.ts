// Restarts the throw-away server in the folder given as argument: what stands in a spec's source.restart.command.
import { openServer, startServer, stopServer } from './server.js';

const [, , folder] = process.argv;
if (folder === undefined) throw new TypeError('usage: restart-server.js FOLDER');
const server = await openServer(folder);
await stopServer(server);
await startServer(server);
