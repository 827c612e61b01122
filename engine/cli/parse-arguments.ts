/**
 * From the words of a command to operands and option values, strictly: what is unknown, repeated or incomplete is said,
 * with a guess at what was meant. Convention: node:util cuts the words, this file judges them.
 */
import { parseArgs } from 'node:util';
import { didYouMean } from './did-you-mean.ts';
import { OptionValues } from './option-values.ts';
import { UsageError } from './usage-error.ts';
import type { OptionSpecs, Command } from './command.ts';

/** Understood by every command. */
export const globalOptions: OptionSpecs = {
  json: { description: 'print one JSON document on standard output, and nothing else there' },
  quiet: { short: 'q', description: 'no progress and no remarks; errors are still said' },
  help: { short: 'h', description: 'this help' },
};

export interface ParsedArguments {
  readonly operands: readonly string[];
  readonly values: OptionValues;
}

/** @throws UsageError saying what is wrong with which word */
export function parseArguments(command: Command, words: readonly string[]): ParsedArguments {
  const specs: OptionSpecs = { ...command.options, ...globalOptions };
  const known = Object.keys(specs).map((name) => `--${name}`);
  const given = new Map<string, (string | true)[]>();
  const operands: string[] = [];
  const { tokens } = parseArgs({
    args: [...words],
    options: Object.fromEntries(
      Object.entries(specs).map(([name, { value, short, multiple }]) => {
        const type = value === undefined ? ('boolean' as const) : ('string' as const);
        return [name, { type, multiple: multiple ?? false, ...(short !== undefined && { short }) }];
      }),
    ),
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  /** Words after an option that takes several belong to it, not to the command. */
  let collecting: (string | true)[] | undefined;
  for (const token of tokens) {
    if (token.kind === 'option-terminator') {
      collecting = undefined;
      continue;
    }
    if (token.kind === 'positional') {
      (collecting ?? operands).push(token.value);
      continue;
    }
    const spec = Object.hasOwn(specs, token.name) ? specs[token.name] : undefined;
    if (spec === undefined) {
      const guess = didYouMean(token.rawName, known);
      throw new UsageError(
        `${command.name} has no option ${token.rawName}.${guess} See 'mambrush ${command.name} --help'.`,
      );
    }
    if (spec.value === undefined && token.value !== undefined) {
      throw new UsageError(`--${token.name} takes no value: write it alone.`);
    }
    if (spec.value !== undefined && (token.value === undefined || token.value === '')) {
      const shape = `--${token.name} ${spec.value}`;
      throw new UsageError(
        `--${token.name} needs a value: ${shape}. A value that begins with '-': ${shape.replace(' ', '=')}.`,
      );
    }
    const before = given.get(token.name);
    if (before !== undefined && spec.multiple !== true && spec.value !== undefined) {
      throw new UsageError(`--${token.name} is given twice. Give it once.`);
    }
    const values = before ?? [];
    values.push(token.value ?? true);
    given.set(token.name, values);
    collecting = spec.multiple === true ? values : undefined;
  }
  return { operands, values: new OptionValues(given) };
}

/** Not while help is asked for. @throws UsageError */
export function checkOperands(command: Command, operands: readonly string[]): void {
  const { min, max, name } = command.operands;
  const usage = `Usage: mambrush ${command.name} ${command.usage[0] ?? ''}`.trimEnd();
  if (operands.length < min) throw new UsageError(`${command.name} needs ${name}. ${usage}`);
  if (operands.length > max) {
    const extra = operands[max] ?? '';
    const takes = max === 0 ? 'takes no words besides options' : `takes ${String(max)} at most`;
    throw new UsageError(`${command.name} ${takes}: '${extra}' is too many. ${usage}`);
  }
}
