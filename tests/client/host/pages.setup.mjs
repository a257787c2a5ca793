import { PROJECT } from './project.mjs';

export default { files: PROJECT, settings: { 'problems.decorations.enabled': false } /* else VS Code shows a badge of its own */ };
