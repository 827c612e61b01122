/**
 * The C++ header that gives kernels their operands by name: a struct for each operation and pass, from the operation's
 * definition, and the table of kernels. Not a kernel; `build.ts` writes it where the compiler finds it.
 * Convention: an operation 'group-norm' has the kernels `groupNormForward(const GroupNormForward&)` and, where it has a
 * gradient, `groupNormGradient`; one that is missing does not compile.
 */
import type { OperationDefinition } from '../../program/operation.ts';
import { gradientNameOf, isList, nameOf } from '../../program/operands.ts';

/** @returns the text of operations.h */
export function operandHeader(operations: Iterable<OperationDefinition>): string {
  const all = [...operations];
  return `// Made from the definitions in engine/program/operations: do not edit.
#pragma once

#include "kernel.h"

namespace mambrush {
${all.flatMap((definition) => [forwardStruct(definition), gradientStruct(definition)]).join('')}
}  // namespace mambrush

#define MAMBRUSH_KERNELS \\
${all.map(kernelEntry).join(' \\\n')}
`;
}

function kernelEntry({ kind, gradient }: OperationDefinition): string {
  const name = camelCase(kind);
  const kernel = (pass: string): string => `callKernel<${capitalized(name)}${pass}, ${name}${pass}>`;
  return `  {"${kind}", ${kernel('Forward')}, ${gradient === undefined ? 'nullptr' : kernel('Gradient')}},`;
}

function forwardStruct({ kind, inputs, outputs, attributes }: OperationDefinition): string {
  const length = inputs.some(isList) ? lengthOf(inputs, 'inCount') : lengthOf(outputs, 'outCount');
  return struct(`${capitalized(camelCase(kind))}Forward`, length, attributes, [
    ...members(inputs, 'in', '0', inputs.map(nameOf)),
    ...members(outputs, 'out', '0', outputs.map(nameOf)),
  ]);
}

function gradientStruct({ kind, inputs, outputs, attributes, gradient }: OperationDefinition): string {
  if (gradient === undefined) return '';
  const outputCount = '(inCount - outCount) / 2';
  const length = inputs.some(isList) ? lengthOf(inputs, 'outCount') : lengthOf(outputs, outputCount);
  return struct(`${capitalized(camelCase(kind))}Gradient`, length, attributes, [
    ...members(inputs, 'in', '0', gradient.reads),
    ...members(outputs, 'in', 'outCount', gradient.reads),
    ...members(outputs, 'in', `outCount + ${outputCount}`, gradient.from, gradientNameOf),
    ...members(inputs, 'out', '0', gradient.to, gradientNameOf),
  ]);
}

function struct(name: string, length: string | undefined, attributes: readonly string[], lines: string[]): string {
  const all = [
    `MAMBRUSH_INLINE explicit ${name}(const Call& call) : Call(call) {}`,
    ...(length === undefined ? [] : [`const int listLength = ${length};`]),
    ...lines,
    ...attributes.map((attribute, position) => `const double ${attribute} = attributes[${String(position)}];`),
  ];
  return `\nstruct ${name} : Call {\n${all.map((line) => `  ${line}\n`).join('')}};\n`;
}

/** Of each list among the operands. */
function lengthOf(declared: readonly string[], count: string): string | undefined {
  const lists = declared.filter(isList).length;
  return lists === 0 ? undefined : `(${count} - ${String(declared.length - lists)}) / ${String(lists)}`;
}

/** @param array `in` or `out` of the call @param begin where the operands begin there */
function members(
  declared: readonly string[],
  array: string,
  begin: string,
  wanted: readonly string[],
  name: (name: string) => string = (plain) => plain,
): string[] {
  return declared.flatMap((entry, position) => {
    const listsBefore = declared.slice(0, position).filter(isList).length;
    const lists = listsBefore > 0 ? ` + ${String(listsBefore)} * listLength` : '';
    const index = `${begin} + ${String(position - listsBefore)}${lists}`;
    if (!wanted.includes(nameOf(entry))) return [];
    if (isList(entry)) return [`const OperandList ${name(nameOf(entry))}{${array} + ${index}, listLength};`];
    return [`const Operand& ${name(nameOf(entry))} = ${array}[${index}];`];
  });
}

function camelCase(kind: string): string {
  return kind.replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
}

function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
