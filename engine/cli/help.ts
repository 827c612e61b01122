/**
 * What the command line says about itself. Convention: lines of at most 100 columns; usage first, then options, examples.
 */
import { globalOptions } from './parse-arguments.ts';
import type { OptionSpecs, Verb } from './verb.ts';

/** How the program is called here, for examples that can be copied. */
export const command = 'npm run -s mambrush --';

export function generalHelp(verbs: readonly Verb[], version: string): string {
  const width = Math.max(...verbs.map(({ name }) => name.length));
  return [
    `Mambrush ${version}: paint masks on some of your images, train a small network on them, get masks for the rest.`,
    '',
    'Usage: mambrush VERB …',
    '',
    ...verbs.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`),
    '',
    `Each verb has its help: ${command} VERB --help`,
    'Exit code: 0 done, 1 failed, 2 written wrongly, 130 interrupted.',
  ].join('\n');
}

export function verbHelp(verb: Verb): string {
  return [
    `mambrush ${verb.name}: ${verb.summary}`,
    '',
    'Usage:',
    ...verb.usage.map((line) => `  mambrush ${verb.name} ${line}`.trimEnd()),
    ...(verb.details === undefined ? [] : ['', wrap(verb.details, 100, '').trimStart()]),
    '',
    'Options:',
    ...describeOptions({ ...verb.options, ...globalOptions }),
    ...(verb.examples.length === 0 ? [] : ['', 'Examples:', ...verb.examples.map((line) => `  ${command} ${line}`)]),
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
