import { PROJECT } from './project.mjs';

export default {
  files: { ...PROJECT, 'more.toml': PROJECT['acme.toml'].replaceAll('acme', 'bolt').replaceAll('Acme', 'Bolt') },
};
