import { PROJECT, acmeKey } from '../tests/client/host/project.mjs';

export default {
  path: null, // the server that the client brings along
  window: { height: 4000 }, // so that all extensions are in sight
  env: { UNLEAK_JUDGE: undefined },
  files: { ...PROJECT, 'app.py': `import os\n\nKEY = "${acmeKey()}"\n` },
};
