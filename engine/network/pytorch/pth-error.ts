/**
 * What can be wrong with a PyTorch file, as the parts of its reader say it. Not the whole message: `read-pth.ts` puts the
 * file's name before it. Convention: `what` is a clause; text from a file is quoted, shortened and freed of control codes.
 */
import { MambrushError } from '../../contract/error.ts';

/** It is cut off, changed or contradicts itself: 'checkpoint-damaged'. */
export function damaged(what: string): never {
  throw new MambrushError('checkpoint-damaged', `it is not a whole PyTorch file: ${what}. Use another copy of it.`);
}

/** It is of a kind that this reader does not take: 'checkpoint-unsupported'. @param advice a sentence */
export function unsupported(what: string, advice: string): never {
  throw new MambrushError('checkpoint-unsupported', `${what}. ${advice}`);
}

/** It asks for code: 'checkpoint-refused'. @param what the name asked for, quoted, and what for */
export function refused(what: string): never {
  throw new MambrushError(
    'checkpoint-refused',
    `it asks for ${what}, which no file of parameters needs. Nothing in it was run. If you trust it, save only its ` +
      'state dict with PyTorch (torch.save(model.state_dict(), …)) and use that file.',
  );
}

/** It is not of this network: 'checkpoint-foreign'. */
export function foreign(what: string): never {
  throw new MambrushError('checkpoint-foreign', `${what}. Choose a checkpoint of this network.`);
}

const longest = 80;

/** A name from a file, for a message: it may be of any length and hold anything. */
export function quoted(text: string): string {
  // Only what is shown is read: a name may be megabytes long.
  const shown = text.slice(0, longest).replaceAll(/\p{C}/gu, '?');
  return `'${shown}${text.length > longest ? '…' : ''}'`;
}

/** Some names of a list: the first few, and how many more. */
export function listed(names: readonly string[]): string {
  const few = names.slice(0, 5).map(quoted).join(', ');
  return names.length > 5 ? `${few} and ${String(names.length - 5)} more` : few;
}
