import { expect, it } from 'vitest';
import { applicationPart } from '../../src/checks/application-part.js';
import type { Finding } from '../../src/checks/finding.js';
import type { ClientGroup, Facts } from '../../src/inspect/facts.js';
import type { Spec } from '../../src/spec/spec.js';
import { someClients, someDatabase, someServer } from './some-facts.js';

const group = (role: string, address: string): ClientGroup => ({
  role, database: 'app', address, transport: 'plain', certificate: false, applications: [], sessions: 3,
}); // prettier-ignore

const finding = (code: string, severity: Finding['severity'], object: string, message: string): Finding =>
  ({ code, severity, object, message }) as unknown as Finding;

const spec = { method: 'continuous', goal: 'cutover', cutover: { failback: true } } as unknown as Spec;

function linesOf(groups: readonly ClientGroup[], findings: readonly Finding[]): readonly string[] {
  const facts = {
    source: someServer({ clients: someClients({ groups, total: 9 }) }),
    target: someServer(),
    databases: [someDatabase()],
  } as unknown as Facts;
  const part = applicationPart(spec, facts, null, findings);
  expect(part).toMatchObject({ side: 'source', since: null, sessions: 9 });
  return part?.lines.map(({ subject, fine, text }) => `${fine ? 'fine' : 'look'} ${subject}: ${text}`) ?? [];
}

it('says who comes, and what is in order', () => {
  expect(linesOf([group('app', '10.0.0.7'), group('web', '10.0.0.7')], [])).toEqual([
    'fine Clients: 2 roles from 1 address, all let in',
    'fine Results: settings that change results are the same',
    'fine Limits: no limit is tighter than now',
    'fine Room: sessions, locks and prepared transactions fit',
  ]);
});

it('names who would be turned away, and the gravest of each subject', () => {
  const found = [
    finding('PGM702', 'warning', 'app', 'no line'),
    finding('PGM702', 'warning', 'web', 'no CONNECT'),
    finding('PGM705', 'info', 'max_prepared_transactions', 'PREPARE TRANSACTION is refused'),
    finding('PGM705', 'warning', 'max_connections', '90 sessions were at work'),
    finding('PGM709', 'info', 'types', '1 enum'),
  ];
  expect(linesOf([group('app', '10.0.0.7')], found)).toEqual([
    'look Clients: 1 role from 1 address; would be turned away: app, web (PGM702)',
    'fine Results: settings that change results are the same',
    'fine Limits: no limit is tighter than now',
    'look Room: 90 sessions were at work (PGM705, and 1 more)',
    'fine Types: 1 enum (PGM709)',
  ]);
});

it('does not say that all are let in where nobody was seen', () => {
  expect(linesOf([], [])[0]).toBe('fine Clients: no client was seen in these databases');
});
