import type { DatabaseFacts } from '../inspect/facts.js';
import { analyze } from '../steps/analyze.js';
import { matviews } from '../steps/matviews.js';
import { planned, type PlannedStep } from '../steps/step-kind.js';
import { nameOf } from './database-lanes.js';
import type { DatabaseState } from './database-state.js';

/** Materialized views hold rows of the tables, statistics are of both. */
export function planFinish(
  database: DatabaseFacts,
  { stages, copies, keepsRows }: DatabaseState,
): { readonly steps: readonly PlannedStep[]; readonly fillsViews: boolean } {
  const views = populatedViews(database);
  const fillsViews = (copies || !stages.has('analyze')) && views.length > 0;
  const analyzes = !stages.has('analyze') || (copies && !keepsRows);
  return {
    steps: [
      ...(fillsViews ? [planned(matviews, { database: database.name, views })] : []),
      ...(analyzes ? [planned(analyze, { database: database.name })] : []),
    ],
    fillsViews,
  };
}

/** Materialized views that have rows on the source. */
export function populatedViews({
  source,
}: DatabaseFacts): readonly { readonly schema: string; readonly name: string }[] {
  return source.materializedViews.filter(view => view.populated).map(nameOf);
}
