// Preloaded into pgm by NODE_OPTIONS: ends the process, as kill -9 would, at the statement of a session that the test names.
// KILL_AT: a regular expression; KILL_WHEN: `before` it is sent or `after` its answer; KILL_NTH: of those that match, from 1.
// KILL_WITH: a command (JSON array) that is run then instead, to its end.
// TRACE: a file to which each statement of the switch is appended instead.
import { execFileSync } from 'node:child_process';
import { appendFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { dirname, join } from 'node:path';

if (/bin\/pgm\.js$/.test(process.argv[1] ?? '')) {
  const connection = join(dirname(process.argv[1]), '../dist/postgres/connection.js');
  const { Connection } = await import(pathToFileURL(connection).href);
  const { KILL_AT = '^$', KILL_WHEN, KILL_NTH = '1', KILL_WITH, TRACE } = process.env;
  let left = Number(KILL_NTH);
  const at = new RegExp(KILL_AT, 's');
  const end = (text, when) => {
    if (KILL_WHEN !== when || !at.test(text) || --left !== 0) return;
    if (KILL_WITH === undefined) process.kill(process.pid, 'SIGKILL');
    const [program, ...parameters] = JSON.parse(KILL_WITH);
    execFileSync(program, parameters, { env: { ...process.env, NODE_OPTIONS: '' } });
  };
  for (const name of ['rows', 'execute']) {
    const send = Connection.prototype[name];
    Connection.prototype[name] = async function (text, ...rest) {
      if (TRACE !== undefined) appendFileSync(TRACE, `${this.database}: ${text.replaceAll(/\s+/g, ' ').slice(0, 150)}\n`);
      end(text, 'before');
      const result = await send.call(this, text, ...rest);
      end(text, 'after');
      return result;
    };
  }
}
