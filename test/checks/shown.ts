/** What a finding says to do, and so what its test does with it. */
export type RemedyKind =
  /** Typed into psql by the test, as it stands; then the finding is gone. */
  | 'sql'
  /** Typed into a shell, likewise. */
  | 'shell'
  /** Put into the spec, likewise. */
  | 'spec'
  /** A step of the plan: another test applies that plan, see {@link Shown.applied}. */
  | 'step'
  /** `pgm apply`, typed as it stands. */
  | 'apply'
  /** For people: another server, password, package or disk. The test does what the words say, where a test can. */
  | 'words'
  /** Only told. */
  | 'none';

export interface Shown {
  /** A test in `test/`, `file: title or case`, that brings a real server into the bad state. */
  readonly bad: string;
  /** Likewise for the good state, or after the remedy. */
  readonly good: string;
  readonly remedy: RemedyKind;
  /** Of a step: a test that runs `pgm apply` over this bad state and finds it gone, or why there is none. */
  readonly applied?: string;
}

const nothingWrong = 'checks/databases.server.test.ts: finds nothing where nothing is wrong';

/** Bad and then good in the same test. */
const after = (test: string, remedy: RemedyKind): Shown => ({ bad: test, good: test, remedy });
const onlyBad = (test: string, remedy: RemedyKind, good = nothingWrong): Shown => ({ bad: test, good, remedy });

const cleanAfterApply = 'e2e/obstacles.test.ts: are gone after apply: the plan is clean';
const step = (test: string, applied = cleanAfterApply): Shown => ({ ...after(test, 'step'), applied });

const connections = 'checks/connections.server.test.ts: ';
const clusters = 'checks/clusters.server.test.ts: ';
const settings = 'checks/settings.server.test.ts: ';
const room = 'checks/room.server.test.ts: ';
const databases = 'checks/databases.server.test.ts: ';
const drift = 'checks/drift.server.test.ts: ';
const application = 'checks/application.server.test.ts: ';
const typed = 'checks/drift-remedies.server.test.ts: ';

/** Every code and where it is shown on real servers. A new code has its line here, or `shown.test.ts` fails. */
export const shown: Readonly<Record<string, Shown>> = {
  PGM101: onlyBad(`${connections}nobody listens`, 'words'),
  PGM102: after(`${clusters}PGM205, 108 and 102: pg_hba.conf`, 'shell'),
  PGM103: after(`${clusters}PGM204 and 104: a source that listens`, 'words'),
  PGM104: after(`${clusters}PGM204 and 104: a source that listens`, 'words'),
  PGM105: after(`${connections}PGM105: PgBouncer in mode`, 'words'),
  PGM106: after(`${clusters}PGM211, 315 and 106: as source`, 'words'),
  PGM107: onlyBad(`${connections}PGM107: an older target`, 'words'),
  PGM108: after(`${clusters}PGM205, 108 and 102: pg_hba.conf`, 'shell'),
  PGM109: after(`${clusters}PGM109: the clock`, 'words'),
  PGM110: after(`${room}PGM110: pg_dump of 15`, 'words'),
  PGM111: onlyBad(`${connections}PGM111: names that match nothing`, 'words'),
  PGM112: onlyBad(`${connections}PGM112: nothing to migrate`, 'words'),
  PGM113: after(`${connections}PGM113: a database that refuses`, 'sql'),
  PGM114: after('checks/another-cluster.server.test.ts: PGM114: stops', 'words'),
  PGM201: step(`${settings}PGM201, 202 and 203: all that`),
  PGM202: step(`${settings}PGM201, 202 and 203: all that`),
  PGM203: step(`${settings}PGM201, 202 and 203: all that`),
  PGM204: step(`${clusters}PGM204 and 104: a source that listens`),
  PGM205: after(`${clusters}PGM205, 108 and 102: pg_hba.conf`, 'shell'),
  PGM206: step(`${settings}'wal_sender_timeout'`),
  PGM207: after(`${settings}'wal_sender_timeout'`, 'sql'),
  PGM208: after(`${settings}PGM208: transaction_timeout`, 'sql'),
  PGM209: step(`${room}PGM209 and 514: a source`, 'no released server has the setting; the step is that of PGM206'),
  PGM210: after(`${settings}PGM210: a forgotten`, 'sql'),
  PGM211: after(`${clusters}PGM211, 315 and 106: as source`, 'words'),
  PGM212: after(`${clusters}PGM212: a cluster near`, 'shell'),
  PGM213: after(`${settings}PGM213: a slot of another`, 'sql'),
  PGM214: after(`${settings}PGM214: a value that waits`, 'sql'),
  PGM215: after(`${room}PGM305, 215 and 316: more to come`, 'words'),
  PGM216: after(`${databases}PGM216: who follows`, 'shell'),
  PGM217: after(`${databases}PGM217 and PGM218: what of`, 'sql'),
  PGM218: after(`${databases}PGM217 and PGM218: what of`, 'words'),
  PGM219: after('rights/failover-slots.server.test.ts: PGM219 and PGM221: the migration', 'spec'),
  PGM220: after('cutover/synchronous-standbys.server.test.ts: PGM220: a target whose standby is away', 'sql'),
  PGM221: after('rights/failover-slots.server.test.ts: PGM219 and PGM221: the migration', 'sql'),
  PGM301: after(`${settings}PGM301 and 302: no room`, 'sql'),
  PGM302: after(`${settings}PGM301 and 302: no room`, 'sql'),
  PGM303: after(`${settings}PGM303: too few`, 'spec'),
  PGM304: after(`${databases}rows on the target, with a key`, 'sql'),
  PGM305: after(`${room}PGM305, 215 and 316: more to come`, 'words'),
  PGM306: after(`${databases}a column that the target lacks`, 'sql'),
  PGM307: after(`${databases}an extension of which the target has a newer`, 'sql'),
  PGM308: after(`${settings}PGM308, 309 and 311: encoding`, 'sql'),
  PGM309: after(`${room}PGM309: a tablespace`, 'shell'),
  PGM310: after(`${room}PGM310: a language`, 'words'),
  PGM311: after(`${settings}PGM308, 309 and 311: encoding`, 'sql'),
  PGM312: after(`${settings}PGM312: the way back`, 'sql'),
  PGM313: after(`${room}PGM313: index builds`, 'sql'),
  PGM314: step(`${clusters}PGM314: a target up to 15`),
  PGM315: after(`${settings}PGM315: a target that does not`, 'sql'),
  PGM316: step(
    `${room}PGM305, 215 and 316: more to come`,
    'copy/load-settings.server.test.ts: are put back by a run that is interrupted',
  ),
  PGM317: after(
    'security/attacks.server.test.ts: a schema pgm that somebody else made is neither read nor written',
    'sql',
  ),
  PGM318: after('checks/refused-by-major.server.test.ts: PGM318: names with a line break', 'sql'),
  PGM401: after(`${databases}a role that may not replicate`, 'sql'),
  PGM402: after(`${databases}tables of another owner`, 'sql'),
  PGM403: after(`${settings}PGM403, 408 and 409: a role`, 'sql'),
  PGM404: after(`${databases}a schema that may not be used`, 'sql'),
  PGM405: after(`${databases}a table that cannot be read`, 'sql'),
  PGM406: after(`${databases}a sequence that cannot be read`, 'sql'),
  PGM407: after(`${databases}row-level security for another role`, 'sql'),
  PGM408: after(`${settings}PGM403, 408 and 409: a role`, 'sql'),
  PGM409: after(`${settings}PGM403, 408 and 409: a role`, 'sql'),
  PGM410: after(`${room}PGM410: an owner`, 'sql'),
  PGM411: after(`${databases}tables that may not be locked`, 'sql'),
  PGM412: after(`${room}PGM412: roles that could not`, 'sql'),
  PGM416: after(`${room}PGM416: roles that could not`, 'sql'),
  PGM417: after(`${databases}PGM417: roles that would`, 'words'),
  PGM418: after('checks/role-losses.server.test.ts: PGM418: attributes', 'sql'),
  PGM421: after('security/advertised-role.server.test.ts: PGM421: is all that the other server', 'words'),
  PGM420: after('security/private-statements.server.test.ts: PGM420: what records', 'sql'),
  PGM419: after('checks/role-losses.server.test.ts: PGM419: settings that shut', 'sql'),
  PGM413: after(`${databases}large objects and a role`, 'sql'),
  PGM422: after('security/loading.server.test.ts: is named in the plan where it runs', 'sql'),
  PGM423: after('security/planning.server.test.ts: are copied without a query', 'sql'),
  PGM424: onlyBad('security/carried-secrets.server.test.ts: come along, are told', 'words'),
  PGM414: after(`${databases}PGM414: what only a superuser`, 'words'),
  PGM415: after(`${databases}PGM415: a comment on an extension`, 'sql'),
  PGM501: after(`${databases}no key`, 'sql'),
  PGM502: after(`${databases}a large table that is scanned`, 'sql'),
  PGM503: after(`${databases}an unlogged table`, 'sql'),
  PGM504: onlyBad(`${databases}a foreign table`, 'none'),
  PGM505: onlyBad(`${databases}name: 'large objects'`, 'none'),
  PGM506: onlyBad(`${databases}a materialized view`, 'none'),
  PGM507: after(`${databases}PGM507: what is to be typed`, 'shell'),
  PGM508: after(`${databases}a partition that the target lacks`, 'sql'),
  PGM509: after(`${databases}an event trigger on the target`, 'sql'),
  PGM510: after(`${databases}a trigger that always fires`, 'sql'),
  PGM511: after(`${databases}a constraint that is not valid`, 'sql'),
  PGM512: after(`${databases}a sequence near its end`, 'sql'),
  PGM513: after(`${databases}PGM513: the rows that the remedy`, 'sql'),
  PGM514: after(`${databases}a schema that is called pgm`, 'sql'),
  PGM515: onlyBad(`${databases}what depends on a table`, 'words'),
  PGM516: after(`${databases}an invalid index`, 'sql'),
  PGM517: onlyBad(`${databases}a label of a provider`, 'words'),
  PGM518: onlyBad(`${databases}a generated column`, 'none'),
  PGM519: after(
    'rights/providers.server.test.ts: PGM519: a schema of the service that the spec names is brought',
    'spec',
  ),
  PGM520: onlyBad(`${databases}a partitioned table that refers`, 'words'),
  PGM521: onlyBad(`${databases}a hash partition by an enum`, 'words'),
  PGM522: {
    bad: 'checks/foreseen.server.test.ts: PGM522: is named before',
    good: 'checks/foreseen.server.test.ts: PGM522: is nothing where',
    remedy: 'words',
  },
  PGM523: after('checks/foreseen.server.test.ts: PGM523: are named before', 'sql'),
  PGM524: after('checks/foreseen.server.test.ts: PGM524: names of indexes', 'words'),
  PGM525: after('checks/foreseen.server.test.ts: PGM525: settings that the target', 'sql'),
  PGM601: after(`${typed}PGM601: the slot is gone`, 'apply'),
  PGM602: after(`${drift}PGM602: a slot that nobody`, 'words'),
  PGM603: after(`${drift}PGM603: the next restart`, 'sql'),
  PGM604: after(`${typed}PGM604: the subscription is disabled`, 'apply'),
  PGM605: after(`${typed}PGM605: a table was made`, 'apply'),
  PGM606: after(`${drift}PGM605, 606 and 607: tables made`, 'sql'),
  PGM607: after(`${drift}PGM605, 606 and 607: tables made`, 'sql'),
  PGM608: after(`${drift}PGM608: somebody writes`, 'sql'),
  PGM609: after(`${drift}PGM609: the way from`, 'sql'),
  PGM611: after(`${typed}PGM611: the publication is gone`, 'apply'),
  PGM612: after(`${typed}PGM612: a table was dropped`, 'apply'),
  PGM615: after('e2e/definitions.server.test.ts: PGM615: notices every kind of definition', 'words'),
  PGM614: after('e2e/identity.server.test.ts: follows what was remade', 'words'),
  PGM652: after(`${typed}PGM652: an earlier version`, 'apply'),
  PGM638: after(`${typed}PGM638: the sides differ`, 'apply'),
  PGM619: after('security/shut-side.server.test.ts: status sees', 'sql'),
  PGM617: after('e2e/gone-back.server.test.ts: never calls a target in sync', 'words'),
  PGM616: after('e2e/databases-gone.server.test.ts: names one that was renamed', 'words'),
  PGM625: {
    ...after('fidelity/roles-moved.server.test.ts: PGM625: are named', 'step'),
    applied: 'fidelity/roles-moved.server.test.ts: PGM625: are named',
  },
  PGM626: onlyBad(
    'cutover/follows-the-hook.server.test.ts: lose nothing when',
    'words',
    'cutover/follows-the-hook.server.test.ts: go over in the end',
  ),
  PGM618: after('cutover/swapped-names.server.test.ts: are noticed', 'words'),
  PGM613: after(`${typed}PGM613: a table was made again`, 'apply'),
  PGM639: after('checks/role-losses.server.test.ts: PGM639: a target that is ready', 'sql'),
  PGM702: after(`${application}PGM702: roles at work`, 'shell'),
  PGM703: after(`${application}PGM703, 704 and 705: limits`, 'sql'),
  PGM704: after(`${application}PGM703, 704 and 705: limits`, 'sql'),
  PGM705: after(`${application}PGM703, 704 and 705: limits`, 'sql'),
  PGM706: after(`${application}PGM706 to 709: what is around`, 'none'),
  PGM707: after(`${application}PGM706 to 709: what is around`, 'words'),
  PGM708: after(`${application}PGM706 to 709: what is around`, 'words'),
  PGM709: after(`${application}PGM706 to 709: what is around`, 'words'),
  PGM701: after(`${databases}PGM701: sessions that would begin`, 'sql'),
  PGM780: after(`${connections}PGM780 and 781: a hook`, 'shell'),
  PGM781: after(`${connections}PGM780 and 781: a hook`, 'words'),
};
