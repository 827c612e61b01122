/**
 * The one base class of errors that are meant for people. Not for programming mistakes: those stay plain `Error`.
 * Convention: the message says what is wrong and what to do, in plain words; `code` is stable and for machines.
 */
export class MambrushError extends Error {
  readonly code: string;
  readonly path: string | undefined;

  /**
   * @param code stable kebab-case name, for machines and for translation
   * @param message what is wrong, with which file or value, and what to do about it
   */
  constructor(code: string, message: string, options: { readonly path?: string; readonly cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.code = code;
    this.path = options.path;
  }
}

/** The base of errors that have codes of their own: `class SplitError extends (MambrushError as ErrorsOf<SplitErrorCode>) {}`. */
export type ErrorsOf<Code extends string> = new (
  code: Code,
  ...rest: ConstructorParameters<typeof MambrushError> extends [unknown, ...infer Rest] ? Rest : never
) => MambrushError & { readonly code: Code };
