export { forceUnlock } from '../state/force-unlock.js';
