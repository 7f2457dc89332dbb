import { expect, it } from 'vitest';
import { initSpec } from '../../src/spec/init-spec.js';
import { withoutPassword } from '../../src/spec/without-password.js';

it.each([
  [
    'postgres://me:s3cret@db.example.com:5432/shop?sslmode=require',
    'postgres://me@db.example.com:5432/shop?sslmode=require',
  ],
  ['postgres://me:a%40b@h1,h2/shop', 'postgres://me@h1,h2/shop'],
  ['postgres://me@h/shop?password=s3cret&sslmode=require', 'postgres://me@h/shop?sslmode=require'],
  ['postgres://me@h/shop?sslmode=require&password=s3cret', 'postgres://me@h/shop?sslmode=require'],
  ['host=h user=me password=s3cret dbname=shop', 'host=h user=me dbname=shop'],
  ["host=h password = 'it''s' user=me", undefined],
  ["password='two words' host=h", 'host=h'],
])('takes the password out of %s', (typed, connection) => {
  if (connection === undefined)
    expect(() => withoutPassword(typed)).toThrow('the password cannot be taken out of the connection');
  else expect(withoutPassword(typed)).toEqual({ connection, taken: true });
});

it.each(['${SOURCE_URL}', 'postgres://me@h/shop', 'host=h user=me', 'service=shop'])('leaves %s', connection => {
  expect(withoutPassword(connection)).toEqual({ connection, taken: false });
});

it('a spec names the variables that hold the passwords instead', () => {
  const text = initSpec({ name: 'shop', sourcePassword: 'SOURCE_PASSWORD', targetPassword: 'TARGET_PASSWORD' });
  expect(text).toMatch(/^ {2}password: \$\{SOURCE_PASSWORD\}/m);
  expect(text).toMatch(/^ {2}password: \$\{TARGET_PASSWORD\}/m);
});
