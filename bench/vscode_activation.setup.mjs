import { PROJECT, acmeKey } from '../tests/client/host/project.mjs';

export default { path: null, env: { UNLEAK_JUDGE: undefined }, files: { ...PROJECT, 'app.py': `import os\n\nKEY = "${acmeKey()}"\n` } };
