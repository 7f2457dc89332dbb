import { relationKey } from '../postgres/relation-key.js';
import { movedTables } from '../inspect/moved-tables.js';
import type { Check } from './check.js';
import { numericSetting, settingRemedy } from './setting-change.js';
import { gibibytes } from './source-state.js';

export const freeDisk: Check = {
  code: 'PGM305',
  slug: 'free-disk',
  title: 'Free disk space on the target',
  scope: 'any',
  momentary: true,
  why: 'A disk that fills during the copy stops the target server.',
  decided:
    'Bytes of the tables and indexes still to come, and a fifth for WAL and sorting, ' +
    'against the free bytes where the target keeps its data. PostgreSQL does not tell ' +
    'them, so they are known only for a server on this machine.',
  remedy: "Make room on the target's disk, or exclude what need not move.",
  run: ({ target, facts }) => {
    if (target === null || facts.databases.length === 0) return [];
    const bytes = facts.databases.reduce((sum, database) => {
      const there = new Set(database.target?.progress?.parts.map(relationKey));
      return (
        sum +
        movedTables(database)
          .filter(table => !there.has(relationKey(table)))
          .reduce((all, { dataBytes, indexBytes }) => all + dataBytes + indexBytes, 0)
      );
    }, 0);
    const needed = Math.ceil(bytes * 1.2);
    if (target.freeDiskBytes === null) {
      return [
        {
          severity: 'info',
          server: 'target',
          message: `${gibibytes(needed)} still to copy; how much is free on the target's disk is unknown`,
          current: 'unknown',
          required: gibibytes(needed),
        },
      ];
    }
    if (target.freeDiskBytes >= needed)
      return [
        {
          severity: 'ok',
          server: 'target',
          message: `${gibibytes(target.freeDiskBytes)} are free`,
          current: gibibytes(target.freeDiskBytes),
          required: gibibytes(needed),
        },
      ];
    return [
      {
        severity: 'error',
        server: 'target',
        message: `${gibibytes(target.freeDiskBytes)} are free on the target's disk, ${gibibytes(needed)} are needed`,
        current: gibibytes(target.freeDiskBytes),
        required: gibibytes(needed),
        remedy: freeDisk.remedy,
      },
    ];
  },
};

export const maintenanceMemory: Check = {
  code: 'PGM313',
  slug: 'maintenance-memory',
  title: 'Memory for index builds',
  scope: 'any',
  momentary: true,
  why:
    'Each index build may take maintenance_work_mem; several at once can drive ' +
    'the target into swapping, or the kernel to kill it.',
  decided:
    "maintenance_work_mem times copy.index_jobs within a quarter of the target's memory, " +
    'where pgm can know it (roles that may read files on a Linux server).',
  remedy: 'Lower copy.index_jobs in the spec, or maintenance_work_mem on the target.',
  run: ({ target, spec }) => {
    const kilobytes = target === null ? null : numericSetting(target, 'maintenance_work_mem');
    if (target === null || target.memoryBytes === null || kilobytes === null) return [];
    const jobs = spec.copy.indexJobs ?? 2;
    const wanted = kilobytes * 1024 * jobs;
    const allowed = target.memoryBytes / 4;
    if (wanted <= allowed) return [];
    const fitting = Math.max(64, Math.floor(allowed / jobs / 1048576));
    return [
      {
        severity: 'warning',
        server: 'target',
        object: 'maintenance_work_mem',
        message: `${jobs} index builds may take ${gibibytes(wanted)} of the target's ${gibibytes(target.memoryBytes)}`,
        current: `${kilobytes / 1024}MB`,
        required: `${fitting}MB or less`,
        remedy: settingRemedy(
          { server: 'target', facts: target, name: 'maintenance_work_mem', value: `${fitting}MB` },
          false,
        ),
      },
    ];
  },
};
