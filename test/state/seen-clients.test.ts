import { describe, expect, it } from 'vitest';
import type { ClientGroup } from '../../src/inspect/facts.js';
import { saysMore, withSample, type ClientSample } from '../../src/state/seen-clients.js';

const group = (more: Partial<ClientGroup> = {}): ClientGroup => ({
  role: 'app',
  database: 'shop',
  address: '10.0.0.7',
  transport: 'tls',
  certificate: false,
  applications: ['web'],
  sessions: 4,
  ...more,
});

const sample = (groups: readonly ClientGroup[], more: Partial<ClientSample> = {}): ClientSample => ({
  side: 'source',
  at: '2026-01-02T10:00:00Z',
  clients: { groups, total: groups.reduce((sum, { sessions }) => sum + sessions, 0) },
  ...more,
});

const first = withSample(undefined, sample([group()]));

describe('who was seen at work', () => {
  it('is kept with the most sessions at once', () => {
    const later = withSample(first, sample([group({ sessions: 2 }), group({ role: 'batch', sessions: 1 })]));
    expect(later.seen.map(({ role, peak }) => `${role} ${peak}`)).toEqual(['app 4', 'batch 1']);
    expect(later).toMatchObject({ side: 'source', since: first.since, peak: 4 });
  });

  it('begins anew on the other side', () => {
    const after = withSample(first, sample([group({ role: 'web' })], { side: 'target', at: '2026-01-03T00:00:00Z' }));
    expect(after).toMatchObject({ side: 'target', since: '2026-01-03T00:00:00Z', seen: [{ role: 'web' }] });
  });

  it('is bounded: who was seen last stays', () => {
    const many = Array.from({ length: 250 }, (_, index) => group({ role: `r${index}` }));
    const old = withSample(undefined, sample(many));
    expect(old.seen).toHaveLength(200);
    const next = withSample(old, sample([group({ role: 'new', sessions: 1 })], { at: '2026-01-09T10:00:00Z' }));
    expect(next.seen).toHaveLength(200);
    expect(next.seen.some(({ role }) => role === 'new')).toBe(true);
  });

  it.each<[string, ClientSample, boolean]>([
    ['the same again', sample([group()], { at: '2026-01-02T11:00:00Z' }), false],
    ['fewer sessions', sample([group({ sessions: 1 })]), false],
    ['nobody', sample([]), false],
    ['more sessions', sample([group({ sessions: 5 })]), true],
    ['another address', sample([group({ address: '10.0.0.8' })]), true],
    ['another program', sample([group({ applications: ['batch'] })]), true],
    ['another day', sample([group()], { at: '2026-01-03T10:00:00Z' }), true],
    ['the other side', sample([group()], { side: 'target' }), true],
  ])('is written down again for what is new: %s', (_, next, expected) => {
    expect(saysMore(first, next)).toBe(expected);
  });
});
