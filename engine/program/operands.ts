/**
 * Names of an operation's operands, as types and at run time. A program keeps operands as flat lists; operations and
 * kernels read them by the names that the operation's definition gives them.
 * Convention: 'x' is there, 'skip?' may be absent, 'means[]' is a list; the lists among the inputs (or the outputs) of an
 * operation are equally long. The gradient of `x` is `dx`, that of `weight` is `dWeight`.
 */

type NameOf<Declared extends string> = Declared extends `${infer Name}?`
  ? Name
  : Declared extends `${infer Name}[]`
    ? Name
    : Declared;

type GradientName<Name extends string> = Name extends `${infer First}${infer Rest}`
  ? `d${Rest extends '' ? First : Capitalize<Name>}`
  : never;

type Optional = `${string}?`;

/** Operands by name, where the names are known only at run time. */
export type Named<T> = Readonly<Record<string, T | undefined | readonly (T | undefined)[]>>;

/** Operands by name; with `Wanted`, only those. */
export type ByName<Declared extends string, T, Wanted = string> = string extends Declared
  ? Named<T>
  : {
      readonly [
        D in Exclude<Declared, Optional> as NameOf<D> extends Wanted ? NameOf<D> : never
      ]: D extends `${string}[]` ? readonly T[] : T;
    } & { readonly [D in Extract<Declared, Optional> as NameOf<D> extends Wanted ? NameOf<D> : never]?: T | undefined };

/** Operands by the names of their gradients; only those of `Wanted`. */
export type GradientsByName<Declared extends string, T, Wanted> = string extends Declared
  ? Named<T>
  : {
      readonly [D in Declared as NameOf<D> extends Wanted ? GradientName<NameOf<D>> : never]: D extends `${string}[]`
        ? readonly T[]
        : T;
    };

export type { NameOf };

/** Operands that do not fit together: a mistake in the program being built. */
export class ShapeError extends Error {
  override readonly name = 'ShapeError';
}

export const isList = (declared: string): boolean => declared.endsWith('[]');
export const nameOf = (declared: string): string => declared.replace(/\?$|\[\]$/, '');

/** The name of each operand in a flat list of so many. @throws ShapeError when it cannot be a list of these operands */
export function namesOf(declared: readonly string[], count: number): readonly string[] {
  const lists = declared.filter(isList).length;
  const length = lists === 0 ? 0 : (count - declared.length + lists) / lists;
  const total = declared.length - lists + lists * length;
  if (total !== count || !Number.isInteger(length) || length < 0) {
    throw new ShapeError(`the operands are ${declared.join(', ')}, got ${String(count)}`);
  }
  return declared.flatMap((name) => Array.from({ length: isList(name) ? length : 1 }, () => nameOf(name)));
}

/** A flat list by names. @throws ShapeError */
export function byName<T>(declared: readonly string[], values: readonly (T | undefined)[]): Named<T> {
  const names = namesOf(declared, values.length);
  const entries = declared.map((entry): readonly [string, Named<T>[string]] => {
    const name = nameOf(entry);
    if (!isList(entry)) return [name, values[names.indexOf(name)]];
    return [name, values.filter((_, position) => names[position] === name)];
  });
  return Object.fromEntries(entries);
}

/** Operands by name as a flat list, undefined where one is absent. @throws ShapeError for lists of different lengths */
export function inOrder<T>(declared: readonly string[], named: Named<T>): readonly (T | undefined)[] {
  const parts = declared.map((entry) => {
    const value = named[nameOf(entry)];
    return isList(entry) ? ((value ?? []) as readonly (T | undefined)[]) : [value as T | undefined];
  });
  const lengths = new Set(parts.filter((_, i) => isList(declared[i] ?? '')).map(({ length }) => length));
  if (lengths.size > 1) throw new ShapeError(`its lists hold ${[...lengths].join(' and ')} operands`);
  return parts.flat();
}

/** `dx` of `x`, `dWeight` of `weight`. */
export function gradientNameOf(name: string): string {
  return `d${name.length === 1 ? name : name.charAt(0).toUpperCase() + name.slice(1)}`;
}

/** The same values under the names of their gradients. */
export function asGradients<T>(named: Named<T>): Named<T> {
  return Object.fromEntries(Object.entries(named).map(([name, value]) => [gradientNameOf(name), value]));
}

/** What a gradient is given: the forward operands, then the gradients of the outputs. @param values all, as a flat list */
export function gradientOperands<T>(
  { inputs, outputs }: { readonly inputs: readonly string[]; readonly outputs: readonly string[] },
  values: readonly (T | undefined)[],
  inputCount: number,
): Named<T> {
  const outputsEnd = (values.length + inputCount) / 2;
  return {
    ...byName(inputs, values.slice(0, inputCount)),
    ...byName(outputs, values.slice(inputCount, outputsEnd)),
    ...asGradients(byName(outputs, values.slice(outputsEnd))),
  };
}
