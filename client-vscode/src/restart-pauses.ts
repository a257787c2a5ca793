const PAUSES = [1000, 2000, 4000, 8000];
const GOOD_RUN = 3 * 60_000;

/** How long to wait before a server that has crashed is started again. All times in milliseconds. */
export class RestartPauses {
  #crashes = 0;

  /** The pause after a run of `ran` milliseconds; undefined when it has crashed too often. */
  next(ran: number): number | undefined {
    if (ran >= GOOD_RUN) {
      this.#crashes = 0;
    }
    return PAUSES[this.#crashes++];
  }

  /** Forget the crashes: a person has restarted the server. */
  reset(): void {
    this.#crashes = 0;
  }
}
