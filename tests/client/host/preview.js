'use strict';

const { run, sleep, ui, until } = require('./common.js');

/** Waits for the preview of an edit that asks: VS Code ticks nothing in it by itself. */
const preview = () => until('the preview is shown', async () => (await ui('texts', '.bulk-edit-panel .monaco-list-row')).length > 0);

async function confirmed() {
  await preview();
  await run('workbench.action.toggleMaximizedPanel'); // so that all rows are there
  await sleep(500);
  await ui('tick');
  await run('workbench.action.toggleMaximizedPanel');
  await run('refactorPreview.apply');
}

module.exports = { confirmed, preview };
