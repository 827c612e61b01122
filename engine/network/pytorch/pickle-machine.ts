/**
 * Runs the few instructions of Python's pickle language that files of parameters are made of. It imports nothing and calls
 * nothing but `allowed-names.ts`; every other instruction is refused by name. Convention: no recursion, so depth costs
 * nothing; memory is bounded by the length of the pickle and by `mostContainers`.
 * Source: the comments of CPython's Lib/pickletools.py.
 */
import { allowedName, callAllowed, setAttributes, smallInteger } from './allowed-names.ts';
import { damaged, refused, unsupported } from './pth-error.ts';
import type { PickleValue } from './pickle-values.ts';

/** A checkpoint with its optimiser's state has some 17,000 instructions and 50 kB. */
export const longestPickle = 4_000_000;
const mostInstructions = 1_000_000;
const mostContainers = 300_000;

/** What pickles may hold and files of parameters do not: refused by these names. */
const foreignInstructions: Readonly<Record<number, string>> = {
  0x32: 'DUP',
  0x30: 'POP',
  0x31: 'POP_MARK',
  0x46: 'FLOAT',
  0x49: 'INT',
  0x4c: 'LONG',
  0x50: 'PERSID',
  0x53: 'STRING',
  0x56: 'UNICODE',
  0x64: 'DICT',
  0x67: 'GET',
  0x69: 'INST',
  0x6c: 'LIST',
  0x6f: 'OBJ',
  0x70: 'PUT',
  0x81: 'NEWOBJ',
  0x82: 'EXT1',
  0x83: 'EXT2',
  0x84: 'EXT4',
  0x8b: 'LONG4',
  0x8d: 'BINUNICODE8',
  0x8e: 'BINBYTES8',
  0x8f: 'EMPTY_SET',
  0x90: 'ADDITEMS',
  0x91: 'FROZENSET',
  0x92: 'NEWOBJ_EX',
  0x96: 'BYTEARRAY8',
  0x97: 'NEXT_BUFFER',
  0x98: 'READONLY_BUFFER',
};

export interface Unpickled {
  readonly value: PickleValue;
  /** Where the pickle ends: the byte after it. */
  readonly end: number;
}

/**
 * @param bytes with the pickle at `begin`, and perhaps more behind it
 * @param persistent what a persistent id stands for
 * @throws MambrushError 'checkpoint-damaged', 'checkpoint-refused', 'checkpoint-unsupported'
 */
export function unpickle(bytes: Buffer, begin: number, persistent: (id: PickleValue) => PickleValue): Unpickled {
  return new PickleMachine(bytes, begin, persistent).run();
}

class PickleMachine {
  /** By instruction. The names are pickle's own. */
  static readonly #instructions: Readonly<Record<number, (machine: PickleMachine) => void>> = {
    0x80: (m) => m.#checkProtocol(m.#uint(1)), // PROTO
    0x95: (m) => m.#take(8), // FRAME
    0x28: (m) => m.#marks.push(m.#stack.length), // '(', MARK
    0x4e: (m) => m.#stack.push(null), // 'N', NONE
    0x88: (m) => m.#stack.push(true), // NEWTRUE
    0x89: (m) => m.#stack.push(false), // NEWFALSE
    0x4a: (m) => m.#stack.push(m.#take(4).readInt32LE(0)), // 'J', BININT
    0x4b: (m) => m.#stack.push(m.#uint(1)), // 'K', BININT1
    0x4d: (m) => m.#stack.push(m.#uint(2)), // 'M', BININT2
    0x8a: (m) => m.#stack.push(m.#long(m.#uint(1))), // LONG1
    0x47: (m) => m.#stack.push(m.#take(8).readDoubleBE(0)), // 'G', BINFLOAT
    0x58: (m) => m.#stack.push(m.#take(m.#uint(4)).toString('utf8')), // 'X', BINUNICODE
    0x8c: (m) => m.#stack.push(m.#take(m.#uint(1)).toString('utf8')), // SHORT_BINUNICODE
    0x55: (m) => m.#stack.push(m.#take(m.#uint(1)).toString('latin1')), // 'U', SHORT_BINSTRING
    0x42: (m) => m.#stack.push(m.#take(m.#uint(4))), // 'B', BINBYTES
    0x43: (m) => m.#stack.push(m.#take(m.#uint(1))), // 'C', SHORT_BINBYTES
    0x29: (m) => m.#pushContainer([]), // ')', EMPTY_TUPLE
    0x5d: (m) => m.#pushContainer([]), // ']', EMPTY_LIST
    0x7d: (m) => m.#pushContainer(new Map()), // '}', EMPTY_DICT
    0x85: (m) => m.#pushContainer(m.#popMany(1)), // TUPLE1
    0x86: (m) => m.#pushContainer(m.#popMany(2)), // TUPLE2
    0x87: (m) => m.#pushContainer(m.#popMany(3)), // TUPLE3
    0x74: (m) => m.#pushContainer(m.#popToMark()), // 't', TUPLE
    0x61: (m) => m.#append(m.#popMany(1)), // 'a', APPEND
    0x65: (m) => m.#append(m.#popToMark()), // 'e', APPENDS
    0x73: (m) => m.#setItems(m.#popMany(2)), // 's', SETITEM
    0x75: (m) => m.#setItems(m.#popToMark()), // 'u', SETITEMS
    0x63: (m) => m.#stack.push(allowedName(m.#line(), m.#line())), // 'c', GLOBAL
    0x93: (m) => m.#pushNamed(m.#popMany(2)), // STACK_GLOBAL
    0x52: (m) => m.#call(m.#popMany(2)), // 'R', REDUCE
    0x62: (m) => m.#build(m.#pop()), // 'b', BUILD
    0x51: (m) => m.#pushContainer(m.#persistent(m.#pop())), // 'Q', BINPERSID
    0x71: (m) => m.#memoise(m.#uint(1)), // 'q', BINPUT
    0x72: (m) => m.#memoise(m.#uint(4)), // 'r', LONG_BINPUT
    0x94: (m) => m.#memoise(m.#memo.size), // MEMOIZE
    0x68: (m) => m.#recall(m.#uint(1)), // 'h', BINGET
    0x6a: (m) => m.#recall(m.#uint(4)), // 'j', LONG_BINGET
  };

  readonly #bytes: Buffer;
  readonly #persistent: (id: PickleValue) => PickleValue;
  readonly #memo = new Map<number, PickleValue>();
  readonly #stack: PickleValue[] = [];
  /** Heights of the stack. */
  readonly #marks: number[] = [];
  #at: number;
  #containers = 0;

  constructor(bytes: Buffer, begin: number, persistent: (id: PickleValue) => PickleValue) {
    this.#bytes = bytes;
    this.#at = begin;
    this.#persistent = persistent;
  }

  run(): Unpickled {
    for (let count = 0; count < mostInstructions; count++) {
      const instruction = this.#uint(1);
      // '.', STOP
      if (instruction === 0x2e) return { value: this.#pop(), end: this.#at };
      const carryOut = PickleMachine.#instructions[instruction] ?? refuseInstruction(instruction);
      carryOut(this);
    }
    return unsupported('it has more than a million instructions', 'A checkpoint of this network has some thousands.');
  }

  #take(length: number): Buffer {
    const begin = this.#at;
    if (begin + length > this.#bytes.length) damaged('its description of tensors is cut off');
    this.#at += length;
    return this.#bytes.subarray(begin, this.#at);
  }

  #uint(length: 1 | 2 | 4): number {
    return this.#take(length).readUIntLE(0, length);
  }

  /** Two's complement, little-endian, at most 255 bytes. */
  #long(length: number): number | bigint {
    if (length === 0) return 0;
    const hex = Buffer.from(this.#take(length)).reverse().toString('hex');
    return smallInteger(BigInt.asIntN(8 * length, BigInt(`0x${hex}`)));
  }

  #line(): string {
    const end = this.#bytes.indexOf(0x0a, this.#at);
    if (end < 0) return damaged('its description of tensors is cut off');
    const text = this.#take(end - this.#at).toString('utf8');
    this.#at++;
    return text;
  }

  #checkProtocol(protocol: number): void {
    if (protocol <= 5) return;
    unsupported('it is written in a newer pickle protocol', 'Save it with pickle_protocol=2.');
  }

  /** Of things that take memory beyond the bytes that ask for them. */
  #pushContainer(value: PickleValue): void {
    this.#containers++;
    if (this.#containers > mostContainers) {
      unsupported(
        'it describes more than 300000 lists and tensors',
        'A checkpoint of this network has some thousands.',
      );
    }
    this.#stack.push(value);
  }

  #pop(): PickleValue {
    return this.#popMany(1)[0]!;
  }

  #popMany(count: number): PickleValue[] {
    const floor = this.#marks.at(-1) ?? 0;
    if (this.#stack.length - count < floor) damaged('its description of tensors takes more than it has given');
    return this.#stack.splice(this.#stack.length - count);
  }

  #popToMark(): PickleValue[] {
    const mark = this.#marks.pop();
    return mark === undefined ? damaged('its description of tensors has an end of no list') : this.#stack.splice(mark);
  }

  #top(): PickleValue | undefined {
    return this.#stack.length > (this.#marks.at(-1) ?? 0) ? this.#stack.at(-1) : undefined;
  }

  #append(values: readonly PickleValue[]): void {
    const list = this.#top();
    if (!Array.isArray(list)) return damaged('its description of tensors adds to what is no list');
    for (const value of values) list.push(value);
  }

  #setItems(items: readonly PickleValue[]): void {
    const target = this.#top();
    if (!(target instanceof Map) || items.length % 2 !== 0) {
      return damaged('its description of tensors sets items of what is no dictionary');
    }
    for (let i = 0; i < items.length; i += 2) target.set(items[i]!, items[i + 1]!);
  }

  #pushNamed([module, name]: readonly PickleValue[]): void {
    if (typeof module !== 'string' || typeof name !== 'string') return damaged('it asks for a name that is no text');
    this.#stack.push(allowedName(module, name));
  }

  #call([callee, args]: readonly PickleValue[]): void {
    this.#pushContainer(callAllowed(callee, args));
  }

  #build(state: PickleValue): void {
    setAttributes(this.#top(), state);
  }

  #memoise(index: number): void {
    const value = this.#top();
    if (value === undefined) return damaged('its description of tensors keeps what is not there');
    this.#memo.set(index, value);
  }

  #recall(index: number): void {
    const value = this.#memo.get(index);
    if (value === undefined) return damaged('its description of tensors recalls what it has not kept');
    this.#stack.push(value);
  }
}

function refuseInstruction(instruction: number): never {
  const name = foreignInstructions[instruction];
  const hex = `0x${instruction.toString(16).padStart(2, '0')}`;
  return name === undefined
    ? damaged(`its description of tensors has the byte ${hex}, which is no instruction`)
    : refused(`the pickle instruction ${name}`);
}
