import { pgmVersion } from '../../apply/version.js';
import { command } from '../command.js';
import { jsonOption } from '../common-options.js';
import { exitCodes } from '../exit-code.js';

export const versionCommand = command({
  name: 'version',
  summary: 'print the version of pgm, of Node.js and of this platform',
  examples: [
    ['pgm version', 'for a bug report'],
    ['pgm version --json', 'for a program'],
  ],
  positionals: {},
  options: { json: jsonOption },
  interruption: 'at-once',
  run(values, { terminal: { out } }) {
    const versions = {
      pgm: pgmVersion(),
      node: process.versions.node,
      platform: `${process.platform}-${process.arch}`,
    };
    out.write(
      values.json
        ? `${JSON.stringify(versions, null, 2)}\n`
        : `pgm ${versions.pgm}\nNode.js ${versions.node} on ${versions.platform}\n`,
    );
    return Promise.resolve(exitCodes.ok);
  },
});
