import type { PlannedStep } from '../steps/step-kind.js';

/** What a schedule reads of a step. */
export type Scheduled = Pick<PlannedStep, 'id' | 'dependsOn'> & { readonly description: Pick<PlannedStep['description'], 'database'> };

interface Node<Step> {
  readonly step: Step;
  readonly place: number;
  readonly database: Database | undefined;
  readonly dependants: Node<Step>[];
  /** Steps that must be done before it. */
  open: number;
  /** The one whose steps it waits for, if only through others. */
  after: Database | 'many' | undefined;
}

interface Database {
  running: number;
  hasBegun: boolean;
  /** Steps that have not begun and wait for no other database. */
  waiting: number;
}

/**
 * Which steps may begin: all they depend on is done, and only a few databases are at work, so that these are finished
 * before others begin. What waits for other databases, such as the clean-up at the end, keeps none from beginning.
 * The work is in proportion to the steps and their dependencies: a cluster of a thousand databases has ten thousand.
 */
export class Schedule<Step extends Scheduled> {
  readonly #nodes: ReadonlyMap<string, Node<Step>>;
  readonly #databases: readonly Database[];
  readonly #databasesAtATime: number;
  /** In the order of the steps. */
  #ready: Node<Step>[] = [];
  readonly #waiting: Set<Step>;

  /** A step may depend on what is not among `steps`: that is done. */
  constructor(steps: readonly Step[], databasesAtATime: number) {
    const databases = new Map<string, Database>();
    const nodes = steps.map((step, place): Node<Step> => ({ step, place, database: databaseOf(step.description.database, databases), dependants: [], open: 0, after: undefined }));
    this.#nodes = new Map(nodes.map(node => [node.step.id, node]));
    for (const node of nodes) {
      for (const id of new Set(node.step.dependsOn)) {
        const before = this.#nodes.get(id);
        if (before === undefined) continue;
        before.dependants.push(node);
        node.open++;
      }
    }
    for (const node of inOrder(nodes)) for (const dependant of node.dependants) dependant.after = both(dependant.after, both(node.after, node.database));
    for (const node of nodes) {
      if (node.open === 0) this.#ready.push(node);
      if (node.database !== undefined && !isLate(node)) node.database.waiting++;
    }
    this.#databases = [...databases.values()];
    this.#databasesAtATime = databasesAtATime;
    this.#waiting = new Set(steps);
  }

  /** Steps that have not begun. */
  get waiting(): readonly Step[] {
    return [...this.#waiting];
  }

  /** The steps that may begin now; from now on they run. */
  begin(): readonly Step[] {
    let running = this.#databases.filter(database => database.running > 0).length;
    let atWork = this.#databases.filter(isAtWork).length;
    const mayBegin = (node: Node<Step>, database: Database): boolean =>
      database.running > 0 || (running < this.#databasesAtATime && (isLate(node) || isAtWork(database) || atWork < this.#databasesAtATime));
    const begun: Step[] = [];
    const ready: Node<Step>[] = [];
    for (const node of this.#ready) {
      const { database } = node;
      if (database !== undefined) {
        if (!mayBegin(node, database)) {
          ready.push(node);
          continue;
        }
        if (!isAtWork(database)) atWork++;
        if (database.running === 0) running++;
        database.running++;
        database.hasBegun = true;
        if (!isLate(node)) database.waiting--;
      }
      this.#waiting.delete(node.step);
      begun.push(node.step);
    }
    this.#ready = ready;
    return begun;
  }

  /** A step that ran has ended. What depends on one that failed never begins. */
  end(id: string, isDone: boolean): void {
    const node = this.#nodes.get(id);
    if (node === undefined) throw new TypeError(`no step "${id}" was scheduled`);
    if (node.database !== undefined) node.database.running--;
    if (!isDone) return;
    for (const dependant of node.dependants) if (--dependant.open === 0) this.#ready.push(dependant);
    this.#ready.sort((a, b) => a.place - b.place);
  }
}

function databaseOf(name: string | undefined, databases: Map<string, Database>): Database | undefined {
  if (name === undefined) return undefined;
  const database = databases.get(name) ?? { running: 0, hasBegun: false, waiting: 0 };
  databases.set(name, database);
  return database;
}

/** Each node behind those it waits for. */
function inOrder<Step>(nodes: readonly Node<Step>[]): readonly Node<Step>[] {
  const open = new Map(nodes.map(node => [node, node.open]));
  const ordered = nodes.filter(node => node.open === 0);
  // An array may grow while it is gone through.
  for (const node of ordered) {
    for (const dependant of node.dependants) {
      const left = (open.get(dependant) ?? 0) - 1;
      open.set(dependant, left);
      if (left === 0) ordered.push(dependant);
    }
  }
  return ordered;
}

function both(a: Database | 'many' | undefined, b: Database | 'many' | undefined): Database | 'many' | undefined {
  if (a === undefined || a === b) return b;
  return b === undefined ? a : 'many';
}

/** It waits for another database. */
function isLate({ database, after }: Pick<Node<unknown>, 'database' | 'after'>): boolean {
  return database !== undefined && after !== undefined && after !== database;
}

/** From its first step to the last that waits for no other. */
function isAtWork({ running, hasBegun, waiting }: Database): boolean {
  return running > 0 || (hasBegun && waiting > 0);
}
