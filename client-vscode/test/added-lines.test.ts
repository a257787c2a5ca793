import assert from 'node:assert/strict';
import { test } from 'node:test';

import { addedLines } from '../src/added-lines';

test('lines that a diff adds are counted in the new text, from 0', () => {
  const diff = ['--- a/x', '+++ b/x', '@@ -1,3 +1,4 @@ def f():', ' one', '-two', '+2', '+and', ' three', '@@ -9 +10,2 @@', ' nine', '+ten'];
  assert.deepEqual([...addedLines(diff.join('\n'))], [1, 2, 10]);
});

test('what stands before the first hunk adds nothing', () => {
  assert.equal(addedLines('diff --git a/x b/x\n+++ b/x\n').size, 0);
});

test('a line that says that the file has no last line break is none', () => {
  assert.deepEqual([...addedLines('@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+b\n\\ No newline at end of file')], [0]);
});
