import { restartCommand, type LocalServer } from './server.js';

/** The spec that the demo writes: what a user would have in git, with both addresses in the environment. */
export function demoSpec(source: LocalServer): string {
  const command = restartCommand(source).map(part => JSON.stringify(part));
  return `version: 1
name: shop
source:
  connection: \${SOURCE_URL}
  restart:
    command: [${command.join(', ')}]
target:
  connection: \${TARGET_URL}
method: continuous
databases:
  include: [shop]
cutover:
  watch: 0s # the client of the demo goes over when this is done
goal: synced
`;
}
