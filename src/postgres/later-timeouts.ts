/**
 * A select list that turns off the timeouts that older servers do not have, for a session of ours: idle_session_timeout is
 * of 14, transaction_timeout of 17.
 */
export const noLaterTimeouts = ['idle_session_timeout', 'transaction_timeout']
  .map(name => `(select set_config('${name}', '0', false) where current_setting('${name}', true) is not null)`)
  .join(', ');
