import fs from 'node:fs';
import path from 'node:path';
import { PROJECT } from './project.mjs';

/** A server as one from before the protocol had a number. */
const OLDER = `#!/usr/bin/env node
let data = Buffer.alloc(0);
const send = (message) => {
  const body = Buffer.from(JSON.stringify({ jsonrpc: '2.0', ...message }));
  process.stdout.write(\`Content-Length: \${body.length}\\r\\n\\r\\n\`);
  process.stdout.write(body);
};
process.stdin.on('data', (part) => {
  data = Buffer.concat([data, part]);
  for (;;) {
    const end = data.indexOf('\\r\\n\\r\\n');
    if (end < 0) return;
    const length = Number(/Content-Length: (\\d+)/i.exec(data.subarray(0, end).toString())[1]);
    if (data.length < end + 4 + length) return;
    const { id, method } = JSON.parse(data.subarray(end + 4, end + 4 + length));
    data = data.subarray(end + 4 + length);
    if (method === 'initialize') send({ id, result: { capabilities: { textDocumentSync: 1 }, serverInfo: { name: 'unleak', version: '0.0.1' } } });
    else if (method === 'exit') process.exit(0);
    else if (id !== undefined) send({ id, result: null });
  }
});
`;

const program = (folder, name, text) => {
  const file = path.join(folder, name, 'unleak');
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, text, { mode: 0o755 });
  return file;
};

export default ({ work, server }) => {
  program(work, 'older', OLDER.replace('#!/usr/bin/env node', `#!${process.execPath}`));
  program(work, 'ending', '#!/bin/sh\nexit 3\n');
  program(work, 'other', `#!/bin/sh\nexec "${server}" "$@"\n`);
  fs.writeFileSync(path.join(work, 'no-program'), 'text\n', { mode: 0o644 });
  return { files: PROJECT, seconds: 240 };
};
