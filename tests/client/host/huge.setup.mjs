import fs from 'node:fs';
import path from 'node:path';
import { PROJECT } from './project.mjs';

const FOLDERS = 100;
const FILES = 200; // in each

export default ({ folder }) => {
  for (let at = 0; at < FOLDERS; at += 1) {
    const place = path.join(folder, 'src', `part${at}`);
    fs.mkdirSync(place, { recursive: true });
    for (let file = 0; file < FILES; file += 1) fs.writeFileSync(path.join(place, `file${file}.py`), `"""Part ${at}."""\n\nNUMBER = ${file}\n`);
  }
  return { files: PROJECT, settings: { 'files.watcherExclude': { '**/src/**': true } }, seconds: 240 };
};
