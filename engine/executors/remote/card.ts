/**
 * A graphics card and what computes on it, here or at the other end of a port. Convention: the name is for people; two
 * cards of one name are distinguished by their order.
 */
import type { Executor } from '../../program/executor.ts';

export interface Card {
  readonly name: string;
  /** Simulated by the processor. */
  readonly isSoftware: boolean;
  readonly executor: Executor;
}
