import { PROJECT } from './project.mjs';

export default {
  files: { ...PROJECT, 'more.toml': PROJECT['acme.toml'].replaceAll('acme', 'bolt').replaceAll('Acme', 'Bolt').replace('kind =', 'documentation = "https://bolt.example/keys"\nkind =') },
};
