/**
 * Reads the checkpoints that it is given in a process of its own, so that a test sees what one costs. Not a test.
 * Convention: one line of JSON per path: the error's code and message, or the number of parameters.
 */
import { MambrushError } from '../../engine/contract/error.ts';
import { readCheckpoint } from '../../engine/network/checkpoint.ts';

for (const path of process.argv.slice(2)) {
  try {
    console.log(JSON.stringify({ parameters: readCheckpoint(path).parameters.length }));
  } catch (error) {
    if (!(error instanceof MambrushError)) throw error;
    console.log(JSON.stringify({ code: error.code, message: error.message }));
  }
}
