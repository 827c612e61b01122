/**
 * A command of the command line: what it takes, what its help says, and what it does. Convention: a command asks the
 * engine over the contract only, prints nothing itself, and returns what to print.
 */
import type { EngineClient } from '../contract/requests.ts';
import type { ReportProgress } from '../contract/progress.ts';
import type { Interrupts } from './interrupts.ts';
import type { OptionValues } from './option-values.ts';

export interface OptionSpec {
  /** What stands for the value in the help: N, FILE, NAME. An option without one is a flag. */
  readonly value?: string;
  readonly description: string;
  /** May be given more than once, or takes all words up to the next option. */
  readonly multiple?: boolean;
  readonly short?: string;
}

export type OptionSpecs = Readonly<Record<string, OptionSpec>>;

export interface CommandSession {
  readonly client: EngineClient;
  readonly operands: readonly string[];
  readonly values: OptionValues;
  /** A remark for people, on standard error; silent with --quiet. */
  readonly say: (text: string) => void;
  readonly progress: ReportProgress;
  /** Aborted by an interrupt unless the command takes it over. */
  readonly signal: AbortSignal;
  readonly interrupts: Interrupts;
}

export interface CommandResult {
  /** The one document of --json; undefined where the command had to print it earlier. */
  readonly json: unknown;
  /** For people, on standard output. */
  readonly text: string;
  /** The work was done, but what it found out is not good: exit code 1. */
  readonly failed?: boolean;
  /** The user stopped it, and it ended as it should: exit code 130. */
  readonly interrupted?: boolean;
}

export interface Command {
  readonly name: string;
  /** One line for the list of commands. */
  readonly summary: string;
  /** What follows the name, one line per way to call it. */
  readonly usage: readonly string[];
  /** A paragraph or two. */
  readonly details?: string;
  /** How many words it takes besides options. */
  readonly operands: { readonly min: number; readonly max: number; readonly name: string };
  readonly options: OptionSpecs;
  readonly examples: readonly string[];
  run(session: CommandSession): Promise<CommandResult>;
}
