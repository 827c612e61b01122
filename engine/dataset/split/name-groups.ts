/**
 * Reads from a file's name what it belongs to (a patient, a slide), by a regular expression of the user's. Convention: the
 * first capture group is the group; without one, the whole match is. The file name is tried first, then the whole path.
 */
import { runInNewContext } from 'node:vm';
import { SplitError } from './split-error.ts';

const LONGEST_PATTERN = 200;
const LONGEST_NAME = 255;

/** A pattern that backtracks without end (`(a+)+$`) is stopped after this time, for all names together. */
const PATIENCE_MILLISECONDS = 2000;

export interface NameGroups {
  /** One per path; undefined where the pattern does not match. */
  readonly groups: readonly (string | undefined)[];
  readonly unmatched: readonly string[];
}

/**
 * @param pattern source of a JavaScript regular expression, matched with the `u` flag
 * @param paths relative paths with `/`
 * @throws SplitError group-pattern-invalid, group-pattern-too-slow
 */
export function groupsByName(pattern: string, paths: readonly string[]): NameGroups {
  if (pattern === '' || pattern.length > LONGEST_PATTERN) {
    const message = `The pattern for groups has ${pattern.length} characters; give one of 1 to ${LONGEST_PATTERN}.`;
    throw new SplitError('group-pattern-invalid', message);
  }
  try {
    RegExp(pattern, 'u');
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const message = `The pattern for groups is no regular expression: ${reason}`;
    throw new SplitError('group-pattern-invalid', message, { cause });
  }
  // Only inside a context of its own can a running match be stopped by time.
  const match = `
    const expression = new RegExp(pattern, 'u');
    JSON.stringify(candidates.map((names) => {
      for (const name of names) {
        const found = expression.exec(name);
        if (found !== null) return found[1] ?? found[0];
      }
      return null;
    }));`;
  const candidates = paths.map((path) =>
    [path.slice(path.lastIndexOf('/') + 1), path].filter((name) => name.length <= LONGEST_NAME),
  );
  let answer: string;
  try {
    answer = runInNewContext(match, { pattern, candidates }, { timeout: PATIENCE_MILLISECONDS }) as string;
  } catch (cause) {
    const message =
      'The pattern for groups takes too long on these names. Avoid repeated parts inside repeated parts, as in (a+)+.';
    throw new SplitError('group-pattern-too-slow', message, { cause });
  }
  const found = JSON.parse(answer) as (string | null)[];
  return {
    groups: found.map((group) => group ?? undefined),
    unmatched: paths.filter((_, at) => found[at] === null),
  };
}
