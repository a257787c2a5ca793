import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { RestartPauses } from '../src/restart-pauses';

const SHORT = 1000;
const GOOD = 180_000;

describe('after a crash the server is started again', () => {
  it('after growing pauses, and not for ever', () => {
    const pauses = new RestartPauses();
    const given = Array.from({ length: 6 }, () => pauses.next(SHORT));
    assert.deepEqual(given, [1000, 2000, 4000, 8000, undefined, undefined]);
  });

  it('after the first pause when it has run well for three minutes', () => {
    const pauses = new RestartPauses();
    for (let crash = 0; crash < 4; crash++) pauses.next(SHORT);
    assert.equal(pauses.next(GOOD), 1000);
    assert.equal(pauses.next(GOOD - 1), 2000);
  });

  it('after the first pause when a person has restarted it', () => {
    const pauses = new RestartPauses();
    for (let crash = 0; crash < 5; crash++) pauses.next(SHORT);
    pauses.reset();
    assert.equal(pauses.next(SHORT), 1000);
  });
});
