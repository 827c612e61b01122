/**
 * What the command line says about itself. Convention: lines of at most 100 columns; usage first, then options, examples.
 */
import { globalOptions } from './parse-arguments.ts';
import type { OptionSpecs, Command } from './command.ts';

/** How the program is called here, for examples that can be copied. */
export const invocation = 'npm run -s mambrush --';

export function generalHelp(commands: readonly Command[], version: string): string {
  const width = Math.max(...commands.map(({ name }) => name.length));
  return [
    `Mambrush ${version}: paint masks on some of your images, train a small network on them, get masks for the rest.`,
    '',
    'Usage: mambrush VERB …',
    '',
    ...commands.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`),
    '',
    `Each verb has its help: ${invocation} VERB --help`,
    'Exit code: 0 done, 1 failed, 2 written wrongly, 130 interrupted.',
  ].join('\n');
}

export function commandHelp(command: Command): string {
  return [
    `mambrush ${command.name}: ${command.summary}`,
    '',
    'Usage:',
    ...command.usage.map((line) => `  mambrush ${command.name} ${line}`.trimEnd()),
    ...(command.details === undefined ? [] : ['', wrap(command.details, 100, '').trimStart()]),
    '',
    'Options:',
    ...describeOptions({ ...command.options, ...globalOptions }),
    ...(command.examples.length === 0
      ? []
      : ['', 'Examples:', ...command.examples.map((line) => `  ${invocation} ${line}`)]),
  ].join('\n');
}

function describeOptions(options: OptionSpecs): string[] {
  const heads = Object.entries(options).map(([name, { value, short, multiple }]) => {
    const values = value === undefined ? '' : ` ${value}${multiple === true ? '…' : ''}`;
    return `  ${short === undefined ? '' : `-${short}, `}--${name}${values}`;
  });
  const column = Math.min(30, Math.max(...heads.map((head) => head.length)) + 2);
  return Object.values(options).map(({ description }, i) => {
    const head = heads[i] ?? '';
    const text = wrap(description, 100 - column, ' '.repeat(column)).trimStart();
    return head.length + 2 > column ? `${head}\n${' '.repeat(column)}${text}` : head.padEnd(column) + text;
  });
}

function wrap(text: string, width: number, indent: string): string {
  const lines: string[] = [];
  for (const paragraph of text.split('\n')) {
    let line = '';
    for (const word of paragraph.split(' ')) {
      if (line !== '' && line.length + 1 + word.length > width) {
        lines.push(line);
        line = word;
      } else line = line === '' ? word : `${line} ${word}`;
    }
    lines.push(line);
  }
  return lines.map((line) => indent + line).join('\n');
}
