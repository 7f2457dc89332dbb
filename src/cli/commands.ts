import type { Command } from './command.js';
import { applyCommand } from './commands/apply.js';
import { ciCommand } from './commands/ci.js';
import { closeCommand } from './commands/close.js';
import { completionCommand } from './commands/completion.js';
import { cutoverCommand } from './commands/cutover.js';
import { demoCommand } from './commands/demo.js';
import { destroyCommand } from './commands/destroy.js';
import { explainCommand } from './commands/explain.js';
import { forceUnlockCommand } from './commands/force-unlock.js';
import { initCommand } from './commands/init.js';
import { planCommand } from './commands/plan.js';
import { reportCommand } from './commands/report.js';
import { rollbackCommand } from './commands/rollback.js';
import { schemaCommand } from './commands/schema.js';
import { showCommand } from './commands/show.js';
import { stateCommand } from './commands/state.js';
import { statusCommand } from './commands/status.js';
import { stopCommand } from './commands/stop.js';
import { validateCommand } from './commands/validate.js';
import { watchCommand } from './commands/watch.js';
import { versionCommand } from './commands/version.js';
import { verifyCommand } from './commands/verify.js';

/** Every command, in the order that help lists them: as a migration goes, then the tools beside it. */
export const commands: readonly Command[] = [
  initCommand,
  validateCommand,
  planCommand,
  applyCommand,
  statusCommand,
  watchCommand,
  verifyCommand,
  cutoverCommand,
  rollbackCommand,
  closeCommand,
  reportCommand,
  ciCommand,
  stopCommand,
  destroyCommand,
  showCommand,
  stateCommand,
  forceUnlockCommand,
  explainCommand,
  schemaCommand,
  completionCommand,
  versionCommand,
  demoCommand,
];
