import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { commandsPage, jsonPage, specPage, type Schema } from '../../scripts/reference-pages.mjs';
import { commands } from '../../src/cli/commands.js';
import { globalOptions } from '../../src/cli/command-line.js';
import { exitCodeMeanings } from '../../src/cli/help.js';

const howTo = 'run `npm run build && npm run generate`';
const read = (path: string): string => readFileSync(path, 'utf8');
const schema = (name: string): Schema => JSON.parse(read(`schemas/${name}.schema.json`)) as Schema;

describe('docs/reference', () => {
  it('has every command and option, as help has them', () => {
    const page = read('docs/reference/commands.md');
    expect(page, howTo).toBe(commandsPage(commands, globalOptions, exitCodeMeanings));
    for (const { name, options } of commands) {
      expect(page).toContain(`## pgm ${name}\n`);
      for (const [option, { negated }] of Object.entries(options))
        expect(page).toContain(`--${negated === true ? 'no-' : ''}${option}`);
    }
  });

  it('has every key of the spec, with those below it', () => {
    const page = read('docs/reference/spec.md');
    expect(page, howTo).toBe(specPage(schema('pgm')));
    for (const key of ['## goal', '`connection`', '`advertise.user`', '`hooks.switch`', '`tables.exclude`'])
      expect(page).toContain(key);
  });

  it('has every field of the JSON outputs', () => {
    const outputs = { plan: 'plan', events: 'apply-events', status: 'status', verify: 'verify', report: 'report' };
    const page = read('docs/reference/json.md');
    expect(page, howTo).toBe(jsonPage(Object.fromEntries(Object.entries(outputs).map(([name, file]) => [name, schema(file)]))));
    for (const name of Object.keys(outputs)) expect(page).toContain(`## ${name}\n`);
  });
});
