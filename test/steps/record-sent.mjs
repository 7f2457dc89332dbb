// Preloaded into pgm by NODE_OPTIONS: appends each statement that a session sends to the file SENT, a line of JSON each.
import { appendFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';

const { SENT } = process.env;
if (SENT !== undefined && /bin\/pgm\.js$/.test(process.argv[1] ?? '')) {
  const connection = join(dirname(process.argv[1]), '../dist/postgres/connection.js');
  const { Connection } = await import(pathToFileURL(connection).href);
  for (const name of ['rows', 'execute']) {
    const send = Connection.prototype[name];
    Connection.prototype[name] = function (text, ...rest) {
      const shown = name === 'execute' ? (rest[0] ?? text) : text;
      const values = name === 'rows' ? rest[0] : undefined;
      const at = { port: this.address.port, database: this.database, as: this.applicationName };
      appendFileSync(SENT, `${JSON.stringify({ ...at, text: shown, values })}\n`);
      return send.call(this, text, ...rest);
    };
  }
}
