/**
 * Keeps the machine from falling asleep while it trains. The screen may.
 */
import { powerSaveBlocker } from 'electron';

export class StayAwake {
  #blocker: number | undefined;

  while(isNeeded: boolean): void {
    if (isNeeded) this.#blocker ??= powerSaveBlocker.start('prevent-app-suspension');
    else if (this.#blocker !== undefined) {
      powerSaveBlocker.stop(this.#blocker);
      this.#blocker = undefined;
    }
  }
}
