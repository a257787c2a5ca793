import { PROJECT } from './project.mjs';

export default ({ judges, work }) => ({
  files: PROJECT,
  env: { UNLEAK_JUDGE: judges.test, UNLEAK_CACHE_DIR: `${work}/cache` },
  machine: { 'unleak.judge.cache': false },
});
