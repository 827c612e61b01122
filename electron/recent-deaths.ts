/** Counts how often a process has died within the last minute, so that one that would go on dying is given up. */
const minute = 60_000;

export class RecentDeaths {
  #times: number[] = [];

  get count(): number {
    const now = Date.now();
    this.#times = this.#times.filter((time) => now - time < minute);
    return this.#times.length;
  }

  add(): void {
    this.#times.push(Date.now());
  }

  clear(): void {
    this.#times = [];
  }
}
