// Preloaded into pgm by NODE_OPTIONS: ends the process, as kill -9 would, at the statement of a session that the test
// names. KILL_AT: a regular expression; KILL_WHEN: `before` it is sent or `after` its answer; KILL_NTH: of those that
// match, from 1. KILL_POINT: instead of these, a line of a trace: the first such statement of the write stop.
// KILL_WITH: a command (JSON array) that is run then instead, to its end. TRACE: a file to which each statement of the
// write stop is appended, a line each, without what differs from run to run.
import { execFileSync } from 'node:child_process';
import { appendFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { dirname, join } from 'node:path';

if (/bin\/pgm\.js$/.test(process.argv[1] ?? '')) {
  const connection = join(dirname(process.argv[1]), '../dist/postgres/connection.js');
  const { Connection } = await import(pathToFileURL(connection).href);
  const { KILL_AT, KILL_WHEN, KILL_NTH = '1', KILL_POINT, KILL_WITH, TRACE } = process.env;
  let left = Number(KILL_NTH);
  const at = KILL_AT === undefined ? null : new RegExp(KILL_AT, 's');
  // The write stop begins with its locks.
  let stopping = false;
  const line = (session, text) => {
    const shape = text
      .replaceAll(/\s+/g, ' ')
      .replaceAll(/'(?:[^']|'')*'|\b[\da-f]+\/[\da-f]+\b|\b\d+\b/gi, '?')
      .trim();
    return `${session.applicationName} ${session.address.port} ${session.database}: ${shape.slice(0, 300)}`;
  };
  const matches = (session, text) =>
    KILL_POINT === undefined ? at?.test(text) === true : stopping && line(session, text) === KILL_POINT;
  const end = (session, text, when) => {
    if (KILL_WHEN !== when || !matches(session, text) || --left !== 0) return;
    if (KILL_WITH === undefined) process.kill(process.pid, 'SIGKILL');
    const [program, ...parameters] = JSON.parse(KILL_WITH);
    execFileSync(program, parameters, { env: { ...process.env, NODE_OPTIONS: '' } });
  };
  for (const name of ['rows', 'execute']) {
    const send = Connection.prototype[name];
    Connection.prototype[name] = async function (text, ...rest) {
      stopping ||= /lock table .* in exclusive mode/s.test(text);
      if (TRACE !== undefined && stopping) appendFileSync(TRACE, `${line(this, text)}\n`);
      end(this, text, 'before');
      const result = await send.call(this, text, ...rest);
      end(this, text, 'after');
      return result;
    };
  }
}
