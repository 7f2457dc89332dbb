/** A table to copy, as measured under the snapshot. */
export interface TableToCopy {
  /** On the source. */
  readonly oid: string;
  readonly schema: string;
  readonly name: string;
  /** The partitioned table that finds a row's partition on the target, which may be another one there. */
  readonly into?: { readonly schema: string; readonly name: string };
  /** Columns in order, without generated ones. */
  readonly columns: readonly string[];
  /** All columns by their numbers, and its file, as JSON: by these it is known what becomes of them later. */
  readonly numbered: string;
  /** Pages of the heap; 0 for access methods that have no ctid ranges. */
  readonly pages: number;
  /** Bytes of heap and TOAST. */
  readonly bytes: number;
  /** Bytes that will go over the wire, by the server's statistics; null: it has none. */
  readonly streamBytes: number | null;
  readonly binary: boolean;
  /** No query over it may be planned (inspect/planned-code.ts): COPY of the table itself plans none. */
  readonly unplanned: boolean;
  /** May be truncated on the target: pgm made it, nobody refers to it yet. */
  readonly fresh: boolean;
}

/** A range of pages of one table: `[fromPage, toPage)`; the last one is open, since pages may have been added since. */
export interface Part {
  readonly table: TableToCopy;
  /** From 0. */
  readonly part: number;
  readonly parts: number;
  readonly fromPage: number;
  readonly toPage: number | null;
  readonly bytes: number;
}

/** What one worker takes in one transaction: one part, or many small tables. */
export interface WorkUnit {
  readonly parts: readonly Part[];
  readonly bytes: number;
}

const smallTable = 1024 * 1024;
const batchBytes = 8 * 1024 * 1024;
const batchTables = 200;
/** A table costs about this much however small it is: catalogue look-ups, file creation, a row in pgm.part. */
const tableOverhead = 16 * 1024;

export interface PartOptions {
  /** Bytes; tables above are split. */
  readonly splitAbove: number;
  readonly jobs: number;
  /** That are copied at a time, this one among them: several keep all workers busy with fewer sessions in each. */
  readonly databases: number;
}

/**
 * Cuts tables into parts of about equal size and gathers small tables, largest first.
 * A table is cut finely enough that its parts end at about the same time on all workers.
 */
export function planUnits(tables: readonly TableToCopy[], options: PartOptions): readonly WorkUnit[] {
  const parts = tables.flatMap(table => partsOf(table, options));
  const large = parts.filter(part => part.bytes >= smallTable).map(part => ({ parts: [part], bytes: part.bytes }));
  const small = batches(
    parts.filter(part => part.bytes < smallTable),
    Math.ceil(options.jobs / options.databases),
  );
  return [...large, ...small].sort((a, b) => b.bytes - a.bytes);
}

function partsOf(table: TableToCopy, { splitAbove, jobs }: PartOptions): readonly Part[] {
  const count =
    !table.unplanned && table.bytes > splitAbove && table.pages >= 2 * jobs
      ? Math.min(table.pages, Math.max(jobs, Math.ceil(table.bytes / splitAbove)))
      : 1;
  const page = (index: number): number => Math.round((table.pages * index) / count);
  return Array.from({ length: count }, (_, index) => ({
    table,
    part: index,
    parts: count,
    fromPage: page(index),
    toPage: index === count - 1 ? null : page(index + 1),
    bytes: Math.round(table.bytes / count),
  }));
}

function batches(parts: readonly Part[], least: number): readonly WorkUnit[] {
  const perBatch = Math.max(1, Math.min(batchTables, Math.ceil(parts.length / least)));
  const units: { parts: Part[]; bytes: number }[] = [];
  let open: { parts: Part[]; bytes: number } | undefined;
  for (const part of parts) {
    if (open === undefined || open.parts.length >= perBatch || open.bytes >= batchBytes)
      units.push((open = { parts: [], bytes: 0 }));
    open.parts.push(part);
    open.bytes += part.bytes + tableOverhead;
  }
  return units;
}
