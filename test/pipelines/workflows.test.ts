import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { convertWorkflowTemplate, NoOperationTraceWriter, parseWorkflow } from '@actions/workflow-parser';
import { load } from 'js-yaml';
import { describe, expect, it } from 'vitest';
import { commands } from '../../src/cli/commands.js';
import { parseCommandLine } from '../../src/cli/command-line.js';

const example = (path: string): string => readFileSync(resolve(import.meta.dirname, '../../examples', path), 'utf8');

/** What GitHub itself would say of a workflow file. */
async function mistakes(text: string): Promise<string[]> {
  const { context, value } = parseWorkflow({ name: 'pgm.yml', content: text }, new NoOperationTraceWriter());
  if (value !== undefined) await convertWorkflowTemplate(context, value);
  return context.errors.getErrors().map(({ message }) => message);
}

describe('the example for GitHub', () => {
  const workflow = example('github/.github/workflows/pgm.yml');
  const action = example('github/.github/actions/pgm/action.yml');

  it('is a workflow without a mistake', async () => {
    expect(await mistakes(workflow)).toEqual([]);
  });

  it.each([
    ['an unknown key', workflow.replace('timeout-minutes: 30', 'timeout-minuts: 30')],
    ['an expression that does not end', workflow.replace("== 'push'", "== 'push")],
    ['a job that is not there', workflow.replace('needs: reviewed', 'needs: nobody')],
  ])('would be found to have %s', async (_, text) => {
    expect(await mistakes(text)).not.toEqual([]);
  });

  it('gives the action only inputs that it has', () => {
    const inputs = Object.keys((load(action) as { inputs: object }).inputs);
    const jobs = Object.values((load(workflow) as { jobs: Record<string, { steps: Step[] }> }).jobs);
    const given = jobs
      .flatMap(({ steps }) => steps)
      .filter(({ uses }) => uses === './.github/actions/pgm')
      .flatMap(step => Object.keys(step.with ?? {}));
    expect(given.length).toBeGreaterThan(0);
    expect(given.filter(name => !inputs.includes(name))).toEqual([]);
  });

  it('never puts an expression into a script, where a branch name would be run', () => {
    const scripts = (load(action) as { runs: { steps: Step[] } }).runs.steps.map(({ run }) => run ?? '');
    expect(scripts.filter(script => script.includes('${{'))).toEqual([]);
  });
});

describe('every call of pgm in an example', () => {
  const files = [
    'gitlab/.gitlab-ci.yml',
    'jenkins/Jenkinsfile',
    'azure/azure-pipelines.yml',
    'bitbucket/bitbucket-pipelines.yml',
    'circleci/config.yml',
  ];
  const calls = files.flatMap(file =>
    example(file)
      .split('\n')
      .flatMap(line => {
        const [, call] = /^\s*(?:- |steps \{ sh '|sh ')?(pgm .*?)(?:' \}|')?$/.exec(line) ?? [];
        // What the shell would fill in is any word here.
        return call === undefined ? [] : [[file, call.replace(/"[^"]*\$.*"/g, 'WORD')] as const];
      }),
  );

  it('is found', () => {
    expect(new Set(calls.map(([file]) => file))).toEqual(new Set(files));
  });

  it.each(calls)('%s: %s', async (_, line) => {
    const invocation = await parseCommandLine(line.split(/\s+/).slice(1), commands);
    expect(invocation.kind).toBe('run');
  });
});

interface Step {
  readonly uses?: string;
  readonly run?: string;
  readonly with?: object;
}
