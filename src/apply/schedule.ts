import type { PlannedStep } from '../steps/step-kind.js';

/** What a schedule reads of a step. */
export type Scheduled = Pick<PlannedStep, 'id' | 'dependsOn'> & {
  readonly description: Pick<PlannedStep['description'], 'database'>;
};

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
  readonly #databasesAtATime: number;
  /** In the order of the steps, as is {@link #opening}. */
  #ready: Node<Step>[] = [];
  /** Ready steps that would bring another database to work. */
  #opening: Node<Step>[] = [];
  /** Databases of which a step runs, and those that are at work. */
  #running = 0;
  #atWork = 0;
  readonly #waiting: Set<Step>;

  /** A step may depend on what is not among `steps`: that is done. */
  constructor(steps: readonly Step[], databasesAtATime: number) {
    const databases = new Map<string, Database>();
    const nodes = steps.map((step, place): Node<Step> => ({
      step,
      place,
      database: databaseOf(step.description.database, databases),
      dependants: [],
      open: 0,
      after: undefined,
    }));
    this.#nodes = new Map(nodes.map(node => [node.step.id, node]));
    for (const node of nodes) {
      for (const id of new Set(node.step.dependsOn)) {
        const before = this.#nodes.get(id);
        if (before === undefined) continue;
        before.dependants.push(node);
        node.open++;
      }
    }
    for (const node of inOrder(nodes))
      for (const dependant of node.dependants) dependant.after = both(dependant.after, both(node.after, node.database));
    for (const node of nodes) {
      if (node.open === 0) this.#add(node);
      if (node.database !== undefined && !isLate(node)) node.database.waiting++;
    }
    this.#databasesAtATime = databasesAtATime;
    this.#waiting = new Set(steps);
  }

  /** Steps that have not begun. */
  get waiting(): readonly Step[] {
    return [...this.#waiting];
  }

  /** The steps that may begin now; from now on they run. */
  begin(): readonly Step[] {
    const begun: Step[] = [];
    for (;;) {
      const before = begun.length;
      const ready = this.#ready;
      this.#ready = [];
      for (const node of ready) {
        if (this.#mayBegin(node)) begun.push(this.#start(node));
        else this.#add(node);
      }
      const [next] = this.#opening;
      if (next !== undefined && this.#mayBegin(next)) {
        this.#opening.shift();
        begun.push(this.#start(next));
      }
      if (begun.length === before) return begun;
    }
  }

  /** A step that ran has ended. What depends on one that failed never begins. */
  end(id: string, isDone: boolean): void {
    const node = this.#nodes.get(id);
    if (node === undefined) throw new TypeError(`no step "${id}" was scheduled`);
    this.#change(node.database, database => database.running--);
    if (!isDone) return;
    for (const dependant of node.dependants) if (--dependant.open === 0) this.#add(dependant);
  }

  #add(node: Node<Step>): void {
    const list = node.database === undefined || node.database.hasBegun || isLate(node) ? this.#ready : this.#opening;
    let at = list.length;
    while (at > 0 && (list[at - 1]?.place ?? 0) > node.place) at--;
    list.splice(at, 0, node);
  }

  #mayBegin(node: Node<Step>): boolean {
    const { database } = node;
    if (database === undefined || database.running > 0) return true;
    return (
      this.#running < this.#databasesAtATime &&
      (isLate(node) || isAtWork(database) || this.#atWork < this.#databasesAtATime)
    );
  }

  #start(node: Node<Step>): Step {
    this.#waiting.delete(node.step);
    const isFirst = node.database?.hasBegun === false;
    this.#change(node.database, database => {
      database.running++;
      database.hasBegun = true;
      if (!isLate(node)) database.waiting--;
    });
    if (isFirst) this.#opened(node.database);
    return node.step;
  }

  /** Nothing of a database that has begun waits behind others that have not. */
  #opened(database: Database | undefined): void {
    const opening = this.#opening;
    this.#opening = [];
    for (const node of opening) {
      if (node.database === database) this.#add(node);
      else this.#opening.push(node);
    }
  }

  /** Keeps the counts true. */
  #change(database: Database | undefined, change: (database: Database) => void): void {
    if (database === undefined) return;
    const [ran, worked] = [database.running > 0, isAtWork(database)];
    change(database);
    this.#running += Number(database.running > 0) - Number(ran);
    this.#atWork += Number(isAtWork(database)) - Number(worked);
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
