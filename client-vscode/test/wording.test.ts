import assert from 'node:assert/strict';
import { test } from 'node:test';

import { counted, sized } from '../src/wording';

test('one is said otherwise than none and several', () => {
  assert.deepEqual([0, 1, 2].map((count) => counted(count, 'file')), ['0 files', '1 file', '2 files']);
  assert.equal(counted(2, 'entry', 'entries'), '2 entries');
});

test('sizes have at most one decimal place, and a unit that fits', () => {
  const sizes = [1, 999, 1000, 5_300_000, 123_456_789, 2_500_000_000, 7e12];
  assert.deepEqual(sizes.map(sized), ['1 B', '999 B', '1.0 kB', '5.3 MB', '123 MB', '2.5 GB', '7000 GB']);
});

test('a size that nobody knows is none', () => {
  assert.equal(sized(0), 'size unknown');
  assert.equal(sized(Number.NaN), 'size unknown');
});
