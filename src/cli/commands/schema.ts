import { readFileSync } from 'node:fs';
import { packageFile } from '../../package-file.js';
import { command } from '../command.js';
import { exitCodes } from '../exit-code.js';

const files = {
  spec: 'pgm.schema.json',
  lock: 'pgm-lock.schema.json',
  plan: 'plan.schema.json',
  status: 'status.schema.json',
  events: 'apply-events.schema.json',
  verify: 'verify.schema.json',
  report: 'report.schema.json',
  error: 'error.schema.json',
} as const;
type SchemaName = keyof typeof files;

export const schemaCommand = command({
  name: 'schema',
  summary: 'print the JSON Schema of the spec, of the lockfile, or of a JSON output',
  examples: [
    ['pgm schema > pgm.schema.json', 'for an editor: # yaml-language-server: $schema=pgm.schema.json'],
    ['pgm schema plan', 'of pgm plan --json'],
  ],
  positionals: {
    name: {
      type: 'string',
      choices: Object.keys(files) as SchemaName[],
      default: 'spec',
      describe: Object.keys(files).join(', '),
    },
  },
  options: {},
  interruption: 'at-once',
  run(values, { terminal }) {
    terminal.out.write(readFileSync(packageFile(`schemas/${files[values.name]}`), 'utf8'));
    return Promise.resolve(exitCodes.ok);
  },
});
