import type { Connection } from '../postgres/connection.js';

const emptySql = `
select not exists (select from pg_class where relnamespace = 'pgm'::regnamespace)
   and not exists (select from pg_proc where pronamespace = 'pgm'::regnamespace) as empty`;

/** Schema `pgm` goes with the last that was in it. */
export async function dropSchemaIfEmpty(connection: Connection): Promise<void> {
  const { empty } = await connection.row<{ empty: boolean }>(emptySql);
  if (empty) await connection.execute('drop schema pgm');
}
