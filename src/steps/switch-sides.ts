import { dirname } from 'node:path';
import type { Side } from '../cutover/side.js';
import { dialConninfo } from '../postgres/dial-conninfo.js';
import type { StepContext } from './context.js';

/** Who hands over to whom. */
export function between(
  context: StepContext,
  event: 'cutover' | 'failback',
): { readonly from: Side; readonly to: Side } {
  const { spec } = context;
  const source: Side = {
    migration: spec.name,
    role: 'source',
    conninfo: spec.source.connection,
    versionNum: context.source.versionNum,
    dial: database => dialConninfo(spec.source, database, context.target.versionNum),
    dialsAs: spec.source.advertise.user,
  };
  const target: Side = {
    migration: spec.name,
    role: 'target',
    conninfo: spec.target.connection,
    versionNum: context.target.versionNum,
    dial: database => dialConninfo(spec.target, database, context.source.versionNum),
    dialsAs: spec.target.advertise.user,
  };
  return event === 'cutover' ? { from: source, to: target } : { from: target, to: source };
}

/** Hooks run where the spec is. */
export function folderOf({ spec }: StepContext): string {
  return dirname(spec.path);
}
