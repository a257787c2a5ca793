// What the projects of the suites have in common.
import { ACME } from '../editor.mjs';

export { ACME, acmeKey, randomValue } from '../editor.mjs';
export const PROJECT = { ...ACME, '.gitignore': 'node_modules/\n' };
