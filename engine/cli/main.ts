/**
 * The command line: finds the command, runs it, prints what it returns. Not what a command does.
 * Convention: standard output is the result's, standard error is for remarks and progress; exit codes as in the help.
 */
import { MambrushError } from '../contract/error.ts';
import { toErrorValue } from '../contract/error-value.ts';
import { connectInProcess } from '../host/in-process.ts';
import { mambrushVersion } from '../version.ts';
import { didYouMean } from './did-you-mean.ts';
import { commandHelp, generalHelp, invocation } from './help.ts';
import { Interrupts } from './interrupts.ts';
import { checkOperands, parseArguments } from './parse-arguments.ts';
import { progressLine } from './progress-line.ts';
import { UsageError } from './usage-error.ts';
import type { Command } from './command.ts';
import { commands } from './commands/commands.ts';

process.exitCode = await main(process.argv.slice(2));

async function main(words: readonly string[]): Promise<number> {
  // Whoever reads our output may have read enough (`| head`): then there is nothing left to say.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));
  const [first = 'help', ...rest] = words;
  if (first === '--version' || first === '-v' || first === 'version') return print(mambrushVersion);
  if (first === '--help' || first === '-h' || first === 'help') return help(rest[0]);
  const command = commands.find(({ name }) => name === first);
  try {
    if (command === undefined) throw unknownCommand(first);
    return await runCommand(command, rest);
  } catch (error) {
    return fail(error, words.includes('--json'));
  }
}

async function runCommand(command: Command, words: readonly string[]): Promise<number> {
  const { operands, values } = parseArguments(command, words);
  if (values.has('help')) return print(commandHelp(command));
  checkOperands(command, operands);
  const line = progressLine(process.stderr, values.has('quiet'));
  const interrupts = new Interrupts(line.say);
  const client = connectInProcess();
  try {
    const { say, report: progress } = line;
    const { signal } = interrupts;
    const result = await command.run({ client, operands, values, say, progress, signal, interrupts });
    line.end();
    if (!values.has('json')) await print(result.text);
    else if (result.json !== undefined) await print(JSON.stringify(result.json, null, 2));
    return result.interrupted === true ? 130 : result.failed === true ? 1 : 0;
  } catch (error) {
    line.end();
    if (interrupts.signal.aborted && error instanceof MambrushError && error.code === 'aborted') {
      process.stderr.write('Interrupted. What was finished is kept; run the command again to do the rest.\n');
      if (values.has('json')) await print(JSON.stringify({ error: toErrorValue(error) }, null, 2));
      return 130;
    }
    throw error;
  } finally {
    await client.close();
    interrupts.dispose();
  }
}

function help(name: string | undefined): Promise<number> | number {
  if (name === undefined || name.startsWith('-')) return print(generalHelp(commands, mambrushVersion));
  const command = commands.find((candidate) => candidate.name === name);
  return command === undefined ? fail(unknownCommand(name), false) : print(commandHelp(command));
}

function unknownCommand(name: string): UsageError {
  const names = commands.map((known) => known.name);
  const guess = didYouMean(name, names);
  return new UsageError(
    `There is no verb '${name}'.${guess} There are: ${names.join(', ')}. See '${invocation} help'.`,
  );
}

/** Says what failed, for people; as a document too where one was asked for. */
async function fail(error: unknown, json: boolean): Promise<number> {
  const debug = process.env['MAMBRUSH_DEBUG'] === '1';
  const value = toErrorValue(error, debug);
  process.stderr.write(`mambrush: ${value.message}\n${debug && value.stack !== undefined ? `${value.stack}\n` : ''}`);
  if (value.code === 'internal' && !debug) {
    process.stderr.write('With MAMBRUSH_DEBUG=1 it also says where.\n');
  }
  if (json) await print(JSON.stringify({ error: value }, null, 2));
  return error instanceof UsageError ? 2 : 1;
}

/** @returns the exit code of having said something, once it is said */
function print(text: string): Promise<number> {
  return new Promise((settle) => {
    process.stdout.write(text === '' ? '' : `${text}\n`, () => settle(0));
  });
}
