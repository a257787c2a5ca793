import fs from 'node:fs';
import path from 'node:path';
import { PROJECT } from './project.mjs';

/** The extension with a server inside, which can be told from the one on this machine by a variable of its own. */
export default ({ work, client, server }) => {
  const packaged = path.join(work, 'client');
  fs.mkdirSync(path.join(packaged, 'server'), { recursive: true });
  fs.cpSync(path.join(client, 'package.json'), path.join(packaged, 'package.json'));
  fs.cpSync(path.join(client, 'dist'), path.join(packaged, 'dist'), { recursive: true });
  for (const [file, origin] of [[path.join(packaged, 'server/unleak'), 'extension'], [path.join(work, 'set/unleak'), 'setting']]) {
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, `#!/bin/sh\nORIGIN=${origin} exec "${server}" "$@"\n`, { mode: 0o755 });
  }
  return {
    client: packaged,
    path: path.join(work, 'set/unleak'),
    trust: false,
    files: {
      ...PROJECT,
      '.vscode/settings.json': JSON.stringify({ 'unleak.disabledRules': ['generic-password'], 'unleak.exclude': ['*.js'], 'unleak.fileDecorations': false, 'unleak.finder.enabled': true, 'unleak.finder.deadline': 5 }),
    },
  };
};
