import type { Plan } from '../plan/plan.js';
import type { Preflight } from '../plan/preflight.js';
import { formatBytes, formatCount, formatMilliseconds, formatSeconds, plural } from '../quantities.js';
import { andMore, fold } from './fold.js';

export interface PreflightRow {
  /** False: it should be looked at before writes are stopped. */
  readonly fine: boolean;
  readonly label: string;
  readonly text: string;
}

/** How things stand before a switch, a row for each question; empty for a plan that does not switch. */
export function preflightRows({ preflight, steps }: Plan): PreflightRow[] {
  if (preflight === null) return [];
  // Lanes that this plan makes first cannot be looked at yet.
  const later = steps.some(({ kind }) => kind === 'slot' || kind === 'copy');
  const { transactions, way_back: wayBack, event } = preflight;
  const [over, back] = event === 'cutover' ? (['source', 'target'] as const) : (['target', 'source'] as const);
  return [
    lagRow(preflight, later),
    tablesRow(preflight, later),
    {
      fine: transactions.length === 0,
      label: 'Transactions',
      text:
        transactions.length === 0
          ? `none on the ${over} is old enough to wait for`
          : `${openOnes(preflight)}; writes are not stopped before they end`,
    },
    {
      fine: true,
      label: 'Sequences',
      text:
        preflight.sequences === 0
          ? 'none'
          : `${formatCount(preflight.sequences)}: set on the ${back} before, those ` +
            'that move meanwhile again in the write stop',
    },
    ...(preflight.large_objects.count === 0
      ? []
      : [
          {
            fine: true,
            label: 'Large objects',
            text:
              `${formatCount(preflight.large_objects.count)}, ${formatBytes(preflight.large_objects.bytes)}: ` +
              'read in the write stop to find what changed',
          },
        ]),
    ...(event === 'failback'
      ? []
      : [{ fine: wayBack.lacks.length === 0 && wayBack.asked, label: 'Rollback', text: wayBackWords(wayBack) }]),
    { fine: true, label: 'Write stop', text: writeStopWords(preflight) },
  ];
}

/** `about 76 ms; rehearsed 20 min ago: 48 ms`. */
export function writeStopWords({ write_stop: { milliseconds, from, measured }, at }: Preflight): string {
  const about = `about ${formatMilliseconds(milliseconds)}`;
  if (measured === null) return `${about}, estimated from what there is to do (pgm cutover --rehearse measures it)`;
  const ago = formatSeconds(Math.max(0, Math.round((Date.parse(at) - Date.parse(measured.at)) / 1000)));
  return (
    `${about}; ${from === 'rehearsal' ? 'rehearsed' : 'switched'} ${ago} ` +
    `ago: ${formatMilliseconds(measured.milliseconds)}`
  );
}

function lagRow({ lag }: Preflight, later: boolean): PreflightRow {
  const label = 'Lag';
  if (lag.bytes !== null)
    return {
      fine: lag.bytes <= lag.limit,
      label,
      text: `${formatBytes(lag.bytes)}, writes are not stopped above ${formatBytes(lag.limit)} (max_lag)`,
    };
  return later
    ? {
        fine: true,
        label,
        text:
          `not known before this plan's own steps; writes are not stopped ` +
          `above ${formatBytes(lag.limit)} (max_lag)`,
      }
    : { fine: false, label, text: 'not known: nobody is connected to a lane, or the role may not see it' };
}

function tablesRow({ tables: { streaming, total } }: Preflight, later: boolean): PreflightRow {
  return {
    fine: later || streaming === total,
    label: 'Tables',
    text:
      `${formatCount(streaming)} of ${formatCount(total)} ` +
      `stream${later && streaming < total ? ', the others after their copy' : ''}`,
  };
}

function openOnes({ transactions }: Preflight): string {
  const { shown, hidden } = fold(transactions, 3);
  const words = shown.map(
    ({ who, database, seconds }) => `${who}${database === null ? '' : ` in ${database}`} for ${formatSeconds(seconds)}`,
  );
  return (
    `${plural(transactions.length, 'transaction')} ` +
    `open: ${[...words, ...(hidden > 0 ? [andMore(hidden, 'transaction')] : [])].join(', ')}`
  );
}

function wayBackWords({ asked, lacks }: Preflight['way_back']): string {
  if (!asked) return 'none: cutover.failback is false';
  return lacks.length === 0
    ? 'possible: the other side follows, no row written meanwhile is lost'
    : `not possible yet: ${lacks.join('; ')}`;
}
