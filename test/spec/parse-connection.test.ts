import { expect, test } from 'vitest';
import { parseKeywordString } from '../../src/postgres/parse-keyword-string.js';
import { parseConnectionUri } from '../../src/postgres/parse-uri.js';

// Taken from libpq's own tests (src/interfaces/libpq/t/001_uri.pl) and manual.
test.each<[string, Record<string, string>]>([
  [
    'postgresql://uri-user:secret@host:12345/db',
    { user: 'uri-user', password: 'secret', host: 'host', port: '12345', dbname: 'db' },
  ],
  ['postgresql://uri-user@host:12345/db', { user: 'uri-user', host: 'host', port: '12345', dbname: 'db' }],
  ['postgresql://host/db', { host: 'host', dbname: 'db' }],
  ['postgresql://host:12345/', { host: 'host', port: '12345' }],
  ['postgresql://uri-user:secret@host/', { user: 'uri-user', password: 'secret', host: 'host' }],
  ['postgresql://uri-user@', { user: 'uri-user' }],
  ['postgresql://', {}],
  ['postgres://', {}],
  ['postgres:///', {}],
  ['postgres:///db', { dbname: 'db' }],
  ['postgres://uri-user@/db', { user: 'uri-user', dbname: 'db' }],
  ['postgresql://?hostaddr=127.0.0.1', { hostaddr: '127.0.0.1' }],
  ['postgresql://example.com?hostaddr=63.1.2.4', { host: 'example.com', hostaddr: '63.1.2.4' }],
  ['postgresql://%68ost/', { host: 'host' }],
  ['postgresql://host/db?user=uri-user', { host: 'host', dbname: 'db', user: 'uri-user' }],
  [
    'postgresql://host/db?u%73er=someotheruser&port=12345',
    { host: 'host', dbname: 'db', user: 'someotheruser', port: '12345' },
  ],
  ['postgresql://[2001:db8::1234]/', { host: '2001:db8::1234' }],
  ['postgresql://[2001:db8::1]:5433,[::1]/db', { host: '2001:db8::1,::1', port: '5433,', dbname: 'db' }],
  [
    'postgresql://host1:123,host2:456/somedb?target_session_attrs=any',
    { host: 'host1,host2', port: '123,456', dbname: 'somedb', target_session_attrs: 'any' },
  ],
  ['postgres://host1,host2/db', { host: 'host1,host2', dbname: 'db' }],
  ['postgresql://%2Fvar%2Flib%2Fpostgresql/dbname', { host: '/var/lib/postgresql', dbname: 'dbname' }],
  ['postgres:///db?host=/path/to/socket/dir', { host: '/path/to/socket/dir', dbname: 'db' }],
  ['postgresql://user:p%40ss%3Aw%2Frd%25@h/d%20b', { user: 'user', password: 'p@ss:w/rd%', host: 'h', dbname: 'd b' }],
  ['postgresql://user:a:b?c#d&e=f@h/db', { user: 'user', password: 'a:b?c#d&e=f', host: 'h', dbname: 'db' }],
  ['postgres://h/db?ssl=true', { host: 'h', dbname: 'db', sslmode: 'require' }],
  ['postgres://h/db?options=-c%20search_path%3Da', { host: 'h', dbname: 'db', options: '-c search_path=a' }],
  ['postgres://h/a+b', { host: 'h', dbname: 'a+b' }],
  ['postgresql:///?user=a@b', { user: 'a@b' }],
])('the URI %s', (uri, values) => {
  expect(Object.fromEntries(parseConnectionUri(uri).values)).toEqual(values);
  expect(parseConnectionUri(uri).problems).toEqual([]);
});

test.each<[string, RegExp]>([
  ['postgresql://[::1', /no matching "\]"/],
  ['postgresql://[]', /no address/],
  ['postgresql://[::1]z', /after the "\]"/],
  ['postgresql://host?zzz', /"zzz" has no "="/],
  ['postgresql://host?user=a=b', /more than one "="/],
  ['postgresql://host?=x', /no valid name/],
  ['postgresql://a%zz@host', /user has an invalid percent-encoding/],
  ['postgresql://a:%00@host', /password has an invalid percent-encoding/],
  ['postgresql://a:b%1@host', /password has an invalid percent-encoding/],
])('the URI %s is refused', (uri, message) => {
  expect(parseConnectionUri(uri).problems.map(problem => problem.message)).toEqual([expect.stringMatching(message)]);
});

test.each(['bob:s3cr/et@host/db', 'bob:s3c@r3t@host/db', 'bob:12/s3c?r3t=x@host/db', 'bob:s3c/r3t@host:5432/db?x=y'])(
  'a password that breaks the URI postgres://%s is not quoted',
  rest => {
    const { values, problems } = parseConnectionUri(`postgres://${rest}`);
    expect([...values.keys()]).not.toContain('port');
    expect(problems).toHaveLength(1);
    expect(JSON.stringify(problems)).not.toMatch(/s3c|r3t/);
    expect(problems[0]?.hint).toMatch(/percent-encode/);
  },
);

test.each<[string, Record<string, string>]>([
  ['', {}],
  ['host=localhost port=5432', { host: 'localhost', port: '5432' }],
  ["  host = 'a b'\n user\t= me ", { host: 'a b', user: 'me' }],
  ["password='it\\'s \\\\ ok' user=x", { password: "it's \\ ok", user: 'x' }],
  ['password=a\\ b\\\\c', { password: 'a b\\c' }],
  ["user='' dbname=x", { user: '', dbname: 'x' }],
  ['user=', { user: '' }],
  ['user= dbname=x', { user: 'dbname=x' }], // blanks after "=" do not end an empty value, as in libpq
  ["user='a'dbname=b", { user: 'a', dbname: 'b' }],
  ['user=a user=b', { user: 'b' }],
])('the keyword string %j', (text, values) => {
  expect(Object.fromEntries(parseKeywordString(text).values)).toEqual(values);
  expect(parseKeywordString(text).problems).toEqual([]);
});

test.each<[string, RegExp]>([
  ['host', /no "=" after "host"/],
  ['host localhost', /no "=" after "host"/],
  ["user='abc", /"user" is not closed/],
  ['=x', /not made of keyword=value pairs/],
  ['db.example.com', /not made of keyword=value pairs/],
  ['password=two s3cret', /not made of keyword=value pairs/],
  ['password=two s3cret=x', /unknown keyword follows the password/],
])('the keyword string %j is refused', (text, message) => {
  const { problems } = parseKeywordString(text);
  expect(problems.map(problem => problem.message)).toEqual([expect.stringMatching(message)]);
  expect(JSON.stringify(problems)).not.toContain('s3cret');
});
