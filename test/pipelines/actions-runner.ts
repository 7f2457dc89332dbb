import { data, Evaluator, Lexer, Parser } from '@actions/expressions';
import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { load } from 'js-yaml';

/** A step of a workflow or of a composite action, as far as this runner knows it. */
interface StepText {
  readonly id?: string;
  readonly name?: string;
  readonly if?: string | boolean;
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
  readonly env?: Readonly<Record<string, unknown>>;
}

interface JobText {
  readonly if?: string | boolean;
  readonly needs?: string | readonly string[];
  readonly env?: Readonly<Record<string, unknown>>;
  readonly environment?: string;
  readonly outputs?: Readonly<Record<string, string>>;
  readonly steps: readonly StepText[];
}

interface ActionText {
  readonly inputs?: Readonly<Record<string, { readonly default?: unknown; readonly required?: boolean }>>;
  readonly outputs?: Readonly<Record<string, { readonly value: string }>>;
  readonly runs: { readonly using: string; readonly steps: readonly StepText[] };
}

type Outputs = Readonly<Record<string, string>>;

export interface JobResult {
  readonly result: 'success' | 'failure' | 'skipped';
  readonly outputs: Outputs;
  /** What all steps printed. */
  readonly log: string;
  /** What was written for the job's page. */
  readonly summary: string;
  readonly environment: string | null;
}

export interface Run {
  /** A clone of the repository; GitHub checks it out, so that the step that does finds it there. */
  readonly folder: string;
  /** Context `github`; `event` also lies in GITHUB_EVENT_PATH. */
  readonly github: Readonly<Record<string, unknown>> & { readonly event: unknown };
  readonly secrets: Readonly<Record<string, string>>;
  /** Further variables of the machine, such as PATH and GITHUB_API_URL. */
  readonly machine: Readonly<Record<string, string>>;
  /** Where artifacts of all runs are kept, a folder `RUN/NAME` each. */
  readonly artifacts: string;
  readonly runId: number;
  /** Asked before a job with an environment: false is a refusal. */
  readonly approve?: (environment: string) => boolean;
}

interface Scope {
  readonly run: Run;
  readonly contexts: Record<string, unknown>;
  /** Variables from `env:` of the workflow, the job, the step that uses the action. */
  readonly env: Readonly<Record<string, string>>;
  readonly scratch: string;
  readonly log: string[];
  failed: boolean;
}

/** Runs the jobs of a workflow one after another, as needs and conditions say. Gives what became of each. */
export async function runWorkflow(path: string, run: Run): Promise<Readonly<Record<string, JobResult>>> {
  const workflow = load(readFileSync(path, 'utf8')) as { readonly jobs: Readonly<Record<string, JobText>> };
  const results: Record<string, JobResult> = {};
  const left = new Map(Object.entries(workflow.jobs));
  while (left.size > 0) {
    const ready = [...left].find(([, job]) => needsOf(job).every(name => name in results));
    if (ready === undefined) throw new Error(`jobs wait for one another: ${[...left.keys()].join(', ')}`);
    const [name, job] = ready;
    left.delete(name);
    results[name] = await runJob(job, run, results);
  }
  return results;
}

function needsOf({ needs = [] }: JobText): readonly string[] {
  return typeof needs === 'string' ? [needs] : needs;
}

async function runJob(job: JobText, run: Run, results: Readonly<Record<string, JobResult>>): Promise<JobResult> {
  const skipped = { result: 'skipped', outputs: {}, log: '', summary: '', environment: null } as const;
  const contexts = {
    github: { ...run.github, token: run.secrets['GITHUB_TOKEN'] ?? '' },
    secrets: run.secrets,
    needs: Object.fromEntries(needsOf(job).map(name => [name, results[name]])),
    steps: {},
    env: {},
  };
  const scratch = mkdtempSync(join(run.artifacts, '..', 'job-'));
  const scope: Scope = { run, contexts, env: {}, scratch, log: [], failed: false };
  const needed = needsOf(job).every(name => results[name]?.result === 'success');
  if (!needed || !holds(job.if, scope)) return skipped;
  const environment = job.environment === undefined ? null : filled(job.environment, scope);
  if (environment !== null && run.approve?.(environment) === false) return { ...skipped, environment };
  const inJob = { ...scope, env: filledAll(job.env, scope) };
  await runSteps(job.steps, inJob);
  const outputs = filledAll(job.outputs, inJob);
  const summary = join(scratch, 'summary');
  return {
    result: inJob.failed ? 'failure' : 'success',
    outputs,
    log: scope.log.join(''),
    summary: existsSync(summary) ? readFileSync(summary, 'utf8') : '',
    environment,
  };
}

async function runSteps(steps: readonly StepText[], scope: Scope): Promise<void> {
  for (const step of steps) {
    const inStep = { ...scope, env: { ...scope.env, ...filledAll(step.env, scope) } };
    if (!holds(step.if, inStep)) continue;
    const given = Object.fromEntries(
      Object.entries(step.with ?? {}).map(([name, value]) => [name, filled(String(value), inStep)]),
    );
    const { outcome, outputs } =
      step.uses === undefined ? await runScript(step.run ?? '', inStep) : await use(step.uses, given, inStep);
    if (!outcome) scope.failed = true;
    if (step.id !== undefined) (scope.contexts['steps'] as Record<string, unknown>)[step.id] = { outputs };
  }
}

interface StepResult {
  readonly outcome: boolean;
  readonly outputs: Outputs;
}

async function use(uses: string, given: Outputs, scope: Scope): Promise<StepResult> {
  const fine = { outcome: true, outputs: {} };
  const { run } = scope;
  if (uses.startsWith('./')) return useComposite(join(run.folder, uses, 'action.yml'), given, scope);
  const [name] = uses.split('@');
  const kept = (id: string): string => join(run.artifacts, id, given['name'] ?? '');
  switch (name) {
    case 'actions/checkout':
    case 'actions/setup-node':
      return fine;
    case 'actions/upload-artifact':
      mkdirSync(kept(String(run.runId)), { recursive: true });
      cpSync(join(run.folder, given['path'] ?? ''), kept(String(run.runId)), { recursive: true });
      return fine;
    case 'actions/download-artifact':
      if (!existsSync(kept(given['run-id'] ?? ''))) return { outcome: false, outputs: {} };
      cpSync(kept(given['run-id'] ?? ''), join(run.folder, given['path'] ?? ''), { recursive: true });
      return fine;
    default:
      throw new Error(`this runner does not know ${uses}`);
  }
}

async function useComposite(path: string, given: Outputs, scope: Scope): Promise<StepResult> {
  const action = load(readFileSync(path, 'utf8')) as ActionText;
  if (action.runs.using !== 'composite') throw new Error(`${path} is no composite action`);
  const known = Object.entries(action.inputs ?? {});
  for (const name of Object.keys(given))
    if (!known.some(([input]) => input === name)) throw new Error(`${path} has no input ${name}`);
  const inputs = Object.fromEntries(
    known.map(([name, { default: preset = '', required = false }]) => {
      if (required && given[name] === undefined) throw new Error(`${path} needs input ${name}`);
      return [name, given[name] ?? filled(String(preset), scope)];
    }),
  );
  const inside = { ...scope, contexts: { ...scope.contexts, inputs, steps: {} }, failed: false };
  await runSteps(action.runs.steps, inside);
  const outputs = Object.fromEntries(
    Object.entries(action.outputs ?? {}).map(([name, { value }]) => [name, filled(value, inside)]),
  );
  return { outcome: !inside.failed, outputs };
}

/** As GitHub runs `shell: bash`: `bash --noprofile --norc -eo pipefail FILE`. */
async function runScript(script: string, scope: Scope): Promise<StepResult> {
  const { run, scratch } = scope;
  const folder = mkdtempSync(join(scratch, 'step-'));
  const [file, outputs, event] = ['script.sh', 'output', 'event.json'].map(name => join(folder, name)) as [
    string,
    string,
    string,
  ];
  writeFileSync(file, filled(script, scope));
  writeFileSync(outputs, '');
  writeFileSync(event, JSON.stringify(run.github.event));
  const child = spawn('bash', ['--noprofile', '--norc', '-eo', 'pipefail', file], {
    cwd: run.folder,
    env: {
      ...run.machine,
      CI: 'true',
      GITHUB_ACTIONS: 'true',
      GITHUB_EVENT_PATH: event,
      GITHUB_EVENT_NAME: String(run.github['event_name']),
      GITHUB_REPOSITORY: String(run.github['repository']),
      GITHUB_SHA: String(run.github['sha']),
      GITHUB_OUTPUT: outputs,
      GITHUB_STEP_SUMMARY: join(scratch, 'summary'),
      ...scope.env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child.stdout.setEncoding('utf8').on('data', (text: string) => scope.log.push(text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => scope.log.push(text));
  const code = await new Promise(done => child.once('close', done));
  return { outcome: code === 0, outputs: readOutputs(readFileSync(outputs, 'utf8')) };
}

/** `name=value`, or `name<<END`, the value's lines, `END`. */
function readOutputs(text: string): Outputs {
  const found: Record<string, string> = {};
  const lines = text.split('\n');
  for (let at = 0; at < lines.length; at++) {
    const [, name = '', end] = /^([^=<]+)<<(.+)$/.exec(lines[at] ?? '') ?? [];
    if (end === undefined) {
      const [, key, value = ''] = /^([^=]+)=(.*)$/.exec(lines[at] ?? '') ?? [];
      if (key !== undefined) found[key] = value;
      continue;
    }
    const last = lines.indexOf(end, at + 1);
    found[name] = lines.slice(at + 1, last).join('\n');
    at = last;
  }
  return found;
}

/** Whether a condition holds; without a word about success it asks for it, as GitHub does. */
function holds(condition: string | boolean | undefined, scope: Scope): boolean {
  const text = String(condition ?? 'success()').replace(/^\s*\$\{\{([^]*)\}\}\s*$/, '$1');
  const says = /\b(success|failure|always|cancelled)\s*\(/.test(text);
  return isTrue(evaluate(says ? text : `success() && (${text})`, scope));
}

function isTrue(value: data.ExpressionData): boolean {
  return !['', 'false', '0'].includes(value.coerceString());
}

function filledAll(values: Readonly<Record<string, unknown>> | undefined, scope: Scope): Record<string, string> {
  return Object.fromEntries(Object.entries(values ?? {}).map(([name, value]) => [name, filled(String(value), scope)]));
}

function filled(text: string, scope: Scope): string {
  return text.replace(/\$\{\{([^]*?)\}\}/g, (_, expression: string) => evaluate(expression, scope).coerceString());
}

function evaluate(expression: string, scope: Scope): data.ExpressionData {
  const constant = (name: string, value: boolean) =>
    [name, { name, minArgs: 0, maxArgs: 0, call: () => new data.BooleanData(value) }] as const;
  const functions = new Map([
    constant('success', !scope.failed),
    constant('failure', scope.failed),
    constant('always', true),
    constant('cancelled', false),
  ]);
  const contexts = { ...scope.contexts, env: scope.env, runner: { os: 'Linux' } };
  const context = JSON.parse(JSON.stringify(contexts), data.reviver) as data.Dictionary;
  const { tokens } = new Lexer(expression.trim()).lex();
  const parsed = new Parser(tokens, Object.keys(contexts), [...functions.values()]).parse();
  return new Evaluator(parsed, context, functions).evaluate();
}
