import { expect, it } from 'vitest';
import { specText, useWorkspace } from '../support/pgm.js';
import { createDatabase, logicalSettings, sql, useServers, value } from '../support/servers.js';

const servers = useServers({
  source: { major: 14, settings: logicalSettings },
  target: { major: 18, settings: logicalSettings },
});
const workspace = useWorkspace();

it.each(['dump', 'continuous'])('brings databases with nothing in them, by %s', async method => {
  const databases = {
    empty: '',
    unschooled: 'drop schema public',
    bare: 'drop extension plpgsql',
    shy:
      'drop schema public; create schema other; create table other.t (id int ' +
      'primary key); insert into other.t values (1)',
  };
  const names = Object.keys(databases).map(name => `${name}_${method}`);
  for (const [name, script] of Object.entries(databases))
    await createDatabase(servers.source, `${name}_${method}`, script);
  workspace.write(
    `${method}.yaml`,
    specText(
      servers.source,
      servers.target,
      `method: ${method}
databases: {include: [${names.join(', ')}]}`,
    ),
  );
  await workspace.succeeds('apply', `${method}.yaml`, '--auto-approve');
  const seen = (sideOf: 'source' | 'target'): Promise<unknown[]> =>
    Promise.all(
      names.map(name =>
        sql(
          servers[sideOf],
          name,
          'select (select array_agg(nspname order by 1) from pg_namespace where nspname !~ ' +
            `'^pg_' and nspname not in ('information_schema', 'pgm')) as schemas, (select ` +
            'array_agg(extname order by 1) from pg_extension) as extensions',
        ),
      ),
    );
  expect(await seen('target')).toEqual(await seen('source'));
  expect(await value(servers.target, `shy_${method}`, 'select count(*) from other.t')).toBe('1');
  if (method === 'continuous')
    for (const verb of ['cutover', 'close']) await workspace.succeeds(verb, `${method}.yaml`, '--auto-approve');
});
