/**
 * The command was written wrongly: exit code 2. Not for work that failed, which is 1.
 * Convention: the message says what is wrong and how it is written right.
 */
import { MambrushError } from '../contract/error.ts';

export class UsageError extends MambrushError {
  constructor(message: string) {
    super('usage', message);
  }
}
