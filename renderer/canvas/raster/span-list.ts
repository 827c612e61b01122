/**
 * Spans that were found and are to be emitted later. Convention: in pieces of the same size, since one list of millions
 * of numbers would stop the window each time it grows.
 */
import { StepCounter } from '../sliced-work.ts';
import type { Steps } from '../sliced-work.ts';
import type { EmitSpan } from './span.ts';

const numbersInPiece = 3 * 8192;

export class SpanList {
  readonly #pieces: Int32Array[] = [];
  /** In the last piece. */
  #used = numbersInPiece;

  readonly add: EmitSpan = (y, left, right) => {
    if (this.#used === numbersInPiece) {
      this.#pieces.push(new Int32Array(numbersInPiece));
      this.#used = 0;
    }
    const piece = this.#pieces.at(-1)!;
    piece[this.#used++] = y;
    piece[this.#used++] = left;
    piece[this.#used++] = right;
  };

  *emit(emit: EmitSpan): Steps {
    const counter = new StepCounter();
    for (const piece of this.#pieces) {
      const end = piece === this.#pieces.at(-1) ? this.#used : numbersInPiece;
      for (let i = 0; i < end; i += 3) {
        const [left, right] = [piece[i + 1]!, piece[i + 2]!];
        emit(piece[i]!, left, right);
        if (counter.due(right - left)) yield;
      }
    }
  }
}
