import fs from 'node:fs';
import path from 'node:path';
import { PROJECT } from './project.mjs';

const FINDER = path.resolve(import.meta.dirname, '../../finder');

/** A server whose finder has a program in place of a model where a file says what that is to say, and else the real one. */
const server = (python, says) => `#!${python}
import json, sys
from pathlib import Path
sys.path.append(${JSON.stringify(FINDER)})
import unleak.finder.client as client
from answering import worker
from unleak.cli import main
says, real = Path(${JSON.stringify(says)}), client.worker_command
client.worker_command = lambda *given: worker(**json.loads(says.read_text())) if says.exists() else real(*given)
sys.exit(main())
`;

export default ({ work, server: program }) => {
  const place = path.join(work, 'finder/unleak');
  fs.mkdirSync(path.dirname(place), { recursive: true });
  fs.writeFileSync(place, server(path.join(path.dirname(program), 'python'), path.join(work, 'says.json')), { mode: 0o755 });
  return {
    path: place,
    files: PROJECT,
    env: { UNLEAK_JUDGE: '' },
    settings: { 'unleak.judge.enabled': false },
    seconds: 300,
  };
};
