import { pgmVersion } from '../apply/version.js';
import { UserError } from '../errors.js';
import { openTerminal, type Terminal } from '../render/terminal.js';
import { exitCodeOf, exitCodes } from './exit-code.js';
import { catchSignals } from './interruption.js';

// Before pg is loaded, which asks `Response` whether it runs in a Cloudflare worker unless `navigator` says so: on Node
// 20, which has none, that loads all of fetch (50 ms). The value is that of Node 21 and later.
if (!('navigator' in globalThis))
  Object.defineProperty(globalThis, 'navigator', {
    value: { userAgent: `Node.js/${process.versions.node.split('.')[0] ?? ''}` },
    configurable: true,
  });

/** The command line program: parses `argv` (what stands after `pgm`), runs one command, sets `process.exitCode`. */
export async function main(argv: readonly string[]): Promise<void> {
  const terminal = openTerminal({ color: !argv.includes('--no-color') });
  if (argv[0] === '--version' || argv[0] === '-v') {
    terminal.out.write(`pgm ${pgmVersion()}\n`);
    return;
  }
  try {
    process.exitCode = await runCommand(argv, terminal);
  } catch (error) {
    process.exitCode = exitCodeOf(error);
    await endJson(error, argv, terminal, process.exitCode);
    await showError(error, terminal, argv.includes('--debug'));
  }
}

async function runCommand(argv: readonly string[], terminal: Terminal): Promise<number> {
  const [{ commands }, { parseCommandLine }] = await Promise.all([
    import('./commands.js'),
    import('./command-line.js'),
  ]);
  const invocation = await parseCommandLine(argv, commands);
  if (invocation.kind === 'help') {
    const { commandHelp, mainHelp } = await import('./help.js');
    const sink = invocation.asked ? terminal.out : terminal.error;
    sink.print(invocation.command === null ? mainHelp(commands) : commandHelp(invocation.command));
    return invocation.asked ? exitCodes.ok : exitCodes.usage;
  }
  const { command, values, debug } = invocation;
  const interruption = catchSignals(command.interruption, terminal.error);
  try {
    const code = await command.run(values, { terminal, interruption, debug });
    return code === exitCodes.ok ? code : (interruption.exitCode() ?? code);
  } catch (error) {
    const interrupted = interruption.exitCode();
    if (interrupted === null) throw error;
    await endJson(error, argv, terminal, interrupted);
    if (!endsOfItself(error)) await showError(error, terminal, debug);
    return interrupted;
  } finally {
    interruption.restore();
  }
}

/** With `--json` stdout ends with an object, whatever ended the command: one that was given nothing yet gets the error. */
async function endJson(error: unknown, argv: readonly string[], { out }: Terminal, exitCode: number): Promise<void> {
  const { jsonForm } = await import('./json-form.js');
  const form = jsonForm(argv);
  if (form === null || out.used) return;
  const { renderErrorJson } = await import('../render/error-json.js');
  out.write(renderErrorJson(error, { pgmVersion: pgmVersion(), exitCode, form }));
}

async function showError(error: unknown, terminal: Terminal, debug: boolean): Promise<void> {
  const { renderError } = await import('../render/error-text.js');
  terminal.error.print(renderError(error, { palette: terminal.error.palette, debug }));
}

/** What an interrupted command throws because it was interrupted: the user knows. */
function endsOfItself(error: unknown): boolean {
  return (
    error instanceof Error && (error.name === 'AbortError' || (error instanceof UserError && error.kind === 'stopped'))
  );
}
