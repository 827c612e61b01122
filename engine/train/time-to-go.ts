/**
 * How fast a run is and how long it still takes, from its own steps. Convention: seconds; pauses do not count; the first
 * step of a process warms up and is forgotten as soon as there is another.
 */

/** Weight of the newest measurement. */
const weight = 0.1;
/** Steps that are told of several at once are measured together. */
const leastSeconds = 0.01;

export class TimeToGo {
  #secondsPerSample: number | undefined;
  #secondsPerValidation: number | undefined;
  #measured = 0;
  #pending = { samples: 0, seconds: 0 };

  addStep(samples: number, seconds: number): void {
    this.#pending = { samples: this.#pending.samples + samples, seconds: this.#pending.seconds + seconds };
    if (this.#secondsPerSample !== undefined && this.#pending.seconds < leastSeconds) return;
    const now = this.#pending.seconds / this.#pending.samples;
    this.#pending = { samples: 0, seconds: 0 };
    this.#secondsPerSample =
      this.#secondsPerSample === undefined || this.#measured === 1
        ? now
        : this.#secondsPerSample + weight * (now - this.#secondsPerSample);
    this.#measured++;
  }

  addValidation(seconds: number): void {
    this.#secondsPerValidation = seconds;
  }

  get imagesPerSecond(): number {
    return this.#secondsPerSample === undefined ? 0 : 1 / this.#secondsPerSample;
  }

  /**
   * @param samples to be trained on until the end
   * @param validations to be done until the end, of `validationSamples` samples each
   */
  secondsLeft(samples: number, validations: number, validationSamples: number): number {
    const perSample = this.#secondsPerSample ?? 0;
    // Until a validation was measured: a forward pass is about a third of a step.
    const perValidation = this.#secondsPerValidation ?? (validationSamples * perSample) / 3;
    return samples * perSample + validations * perValidation;
  }
}
