import { listItems } from './role-statements.js';

/** Settings that name libraries which each new session loads: one that the server lacks refuses every connection. */
const perSession = ['session_preload_libraries', 'local_preload_libraries'] as const;

/** What LOAD takes for each library that `name=value` makes a session load; none for any other setting. */
export function preloadedLibraries(setting: string): readonly string[] {
  const equals = setting.indexOf('=');
  const name = perSession.find(each => each === setting.slice(0, equals).toLowerCase());
  if (name === undefined) return [];
  return listItems(setting.slice(equals + 1))
    .filter(library => library !== '')
    .map(library =>
      name === 'local_preload_libraries' && !library.includes('/') ? `$libdir/plugins/${library}` : library,
    );
}
