import type { ServerFacts } from '../inspect/facts.js';
import type { Check } from './check.js';

export const sameCluster: Check = {
  code: 'PGM106',
  slug: 'same-cluster',
  title: 'Source and target on the same cluster',
  scope: 'any',
  why: 'A cluster that is migrated into itself would copy its tables onto themselves.',
  decided:
    'The same system identifier (pg_control_system) and the same start time, to the ' +
    'microsecond, or port, data folder and databases: it is one server. The same identifier ' +
    'alone: one of them was made from a physical copy of the other.',
  remedy: 'Correct the connection of source or target in the spec.',
  run: ({ source, target }) => {
    if (source === null || target === null) return [];
    if (sameServer(source, target)) {
      return [
        {
          severity: 'error',
          status: 'blocked',
          server: 'target',
          object: `${target.host}:${target.port}`,
          message:
            `source (${source.host}:${source.port}) and target ` +
            `(${target.host}:${target.port}) are the same server`,
          current: target.systemIdentifier,
          required: 'another cluster',
          remedy: sameCluster.remedy,
        },
      ];
    }
    if (source.systemIdentifier !== null && source.systemIdentifier === target.systemIdentifier) {
      return [
        {
          severity: target.inRecovery || source.inRecovery ? 'error' : 'warning',
          server: 'target',
          object: `${target.host}:${target.port}`,
          message: 'the target was made from a physical copy of the source: it holds the same databases already',
          current: target.systemIdentifier,
          required: 'another cluster',
          remedy: 'Make the target with initdb, unless this copy is meant; its tables must be empty.',
        },
      ];
    }
    return [
      {
        severity: 'ok',
        server: 'target',
        message: 'source and target are two clusters',
        current: target.systemIdentifier,
      },
    ];
  },
};

function sameServer(source: ServerFacts, target: ServerFacts): boolean {
  if (
    source.systemIdentifier !== null &&
    target.systemIdentifier !== null &&
    source.systemIdentifier !== target.systemIdentifier
  )
    return false;
  return source.startedAt === target.startedAt;
}
