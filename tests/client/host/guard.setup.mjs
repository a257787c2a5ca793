import { spawnSync } from 'node:child_process';

import { PROJECT } from './project.mjs';

export default ({ folder }) => {
  spawnSync('git', ['init', '-q', '-b', 'main', folder]);
  spawnSync('git', ['-C', folder, 'config', 'user.name', 'A Person']);
  spawnSync('git', ['-C', folder, 'config', 'user.email', 'person@example.invalid']);
  return { files: PROJECT, settings: { 'git.useEditorAsCommitInput': false } };
};
