// The pictures of the README: squiggle, hover, fixes, report. All values in them are made up here.
import path from 'node:path';

import { ACME, randomValue, sleep, until } from '../editor.mjs';

const LETTERS = 'ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnpqrstuvwxyz23456789';
const CALM = {
  'breadcrumbs.enabled': false,
  'editor.fontSize': 14,
  'editor.lineHeight': 1.55,
  'editor.glyphMargin': false,
  'editor.folding': false,
  'editor.guides.indentation': false,
  'editor.hover.delay': 100,
  'editor.lineNumbersMinChars': 3,
  'editor.occurrencesHighlight': 'off',
  'editor.overviewRulerBorder': false,
  'editor.padding.top': 10,
  'editor.renderLineHighlight': 'none',
  'editor.scrollBeyondLastLine': false,
  'editor.scrollbar.horizontal': 'hidden',
  'editor.scrollbar.vertical': 'hidden',
  'editor.hideCursorInOverviewRuler': true,
  'editor.cursorBlinking': 'solid',
  'git.enabled': false,
  'problems.visibility': true,
  'window.commandCenter': false,
  'window.menuBarVisibility': 'hidden',
  'workbench.activityBar.location': 'hidden',
  'workbench.editor.editorActionsLocation': 'hidden',
  'workbench.editor.empty.hint': 'hidden',
  'workbench.layoutControl.enabled': false,
  'workbench.navigationControl.enabled': false,
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
};

const files = () => ({
  '.vscode/settings.json': '{}\n',
  ...ACME,
  'shop/orders.py': `import smtplib

from acme import Deployment

MAIL_HOST = "mail.shop.io"
MAIL_PASSWORD = "${randomValue(16, LETTERS)}"
deployment = Deployment(key="acme_${randomValue(20)}")


def confirm(order):
    with smtplib.SMTP_SSL(MAIL_HOST) as server:
        server.login("orders@shop.io", MAIL_PASSWORD)
        server.send_message(order.message())
`,
  'shop/compose.yaml': `services:
  database:
    image: postgres:17
    environment:
      POSTGRES_PASSWORD: ${randomValue(18, LETTERS)}
`,
  'shop/web/payments.js': `import { createClient } from './client.js';

const apiKey = '${randomValue(24, LETTERS)}';
export const payments = createClient({ apiKey, timeout: 5000 });
`,
  'shop/tests/test_orders.py': `from shop.orders import login


def test_login():
    assert login("anna", password="hunter-in-the-rye-7")
`,
});

export default async function travel({ open, pictures }) {
  const { window } = await open({ settings: CALM, files: files(), window: { width: 860, height: 680, scale: 2 } });
  const { page } = window;
  const shot = async (name, clip) => {
    await sleep(400); // what fades has faded
    await page.screenshot({ path: path.join(pictures, `${name}.png`), ...(clip ? { clip } : {}) });
  };
  await window.openFile('orders.py');
  await page.keyboard.press('Control+B');
  await page.locator('.explorer-folders-view').waitFor({ state: 'hidden' });
  await until('the judge has read the file', async () => (await window.squiggles('error').count()) === 1 && (await window.squiggles('warning').count()) === 1, 60);
  await until('the judge is ready', async () => /judge ready/.test(await window.status()), 60);
  /** The editor from its tabs to a little below what is there: its last line, or what is open over it. */
  const part = async (lowest) => {
    const box = await page.locator('.part.editor').boundingBox();
    const low = await lowest.boundingBox();
    return { x: box.x, y: box.y, width: box.width, height: Math.min(box.height, low.y + low.height + 16 - box.y) };
  };
  const text = page.locator('.monaco-editor .margin-view-overlays .line-numbers').filter({ hasText: '14' });
  await window.caret(14);
  await page.mouse.move(850, 660);
  await shot('squiggle', await part(text));

  const middle = async (squiggle) => {
    const box = await squiggle.boundingBox();
    return [box.x + box.width / 2, box.y + box.height / 2 - 6];
  };
  await page.mouse.move(...await middle(window.squiggles('warning').first()), { steps: 5 });
  await page.locator('.monaco-hover:not(.hidden) .hover-row', { hasText: 'judge' }).first().waitFor();
  await shot('hover', await part(page.locator('.monaco-hover:not(.hidden)').first()));

  await page.mouse.move(850, 660);
  await page.keyboard.press('Escape');
  await window.fixes('warning');
  await page.mouse.move(850, 660);
  await shot('fix', await part(page.locator('.action-widget:not(.action-list-submenu-panel)')));
  await page.keyboard.press('Escape');

  await window.command('unleak: Scan the Workspace for Secrets');
  await until('the scan is over', async () => (await window.notifications()).some((text) => /findings in \d+ files/.test(text)), 60);
  await window.press('Show Report');
  await until('the page', async () => {
    for (const frame of page.frames()) if (/findings in \d+ files/.test(await frame.evaluate('document.body.innerText').catch(() => ''))) return true;
    return false;
  });
  await page.setViewportSize({ width: 860, height: 660 });
  await page.mouse.move(430, 10);
  await until('no notification is in the way', async () => {
    await page.keyboard.press('Escape');
    return (await window.notifications()).length === 0;
  }).catch(() => undefined);
  await shot('report', await page.locator('.part.editor').boundingBox());
}
