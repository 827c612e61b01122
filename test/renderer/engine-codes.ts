/**
 * Every code that the engine can say to the window, read from its sources: of errors, notes, warnings and choices.
 * Convention: a code is written out where it arises (no codes put together from pieces), so that this finds it.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const engine = fileURLToPath(new URL('../../engine/', import.meta.url));
const shape = /^[a-z]+(-[a-z0-9]+)*$/;
const base = 'MambrushError';

/** Where in its arguments a function, or a class's constructor, takes the code. By name. */
type Places = ReadonlyMap<string, number>;

/** The command line's own errors never come to the window. */
export function engineSources(): readonly ts.SourceFile[] {
  return readdirSync(engine, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => !path.startsWith(join(engine, 'cli')))
    .map((path) => ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.Latest, true));
}

/** @returns the codes, each with the file that says it; and the codes that are put together from pieces, which none may be */
export function engineCodes(sources: readonly ts.SourceFile[]): {
  readonly codes: ReadonlyMap<string, string>;
  readonly assembled: readonly string[];
} {
  const codes = new Map<string, string>();
  const assembled: string[] = [];
  const classes = new Map(sources.flatMap((source) => [...codeClasses(source)]));
  const shared = new Map(sources.flatMap((source) => [...codeFunctions(source, true)]));
  for (const source of sources) {
    const functions: Places = new Map([...shared, ...codeFunctions(source, false)]);
    const take = (expression: ts.Node | undefined): void => {
      if (expression === undefined) return;
      if (ts.isStringLiteral(expression) && shape.test(expression.text)) codes.set(expression.text, source.fileName);
      else if (ts.isTemplateExpression(expression)) assembled.push(`${source.fileName}: ${expression.getText()}`);
      else if (ts.isConditionalExpression(expression)) [expression.whenTrue, expression.whenFalse].forEach(take);
    };
    visit(source, (node) => {
      if (ts.isNewExpression(node)) {
        const place = classes.get(node.expression.getText());
        if (place !== undefined) take(node.arguments?.[place]);
      } else if (ts.isCallExpression(node)) {
        const isSuper = node.expression.kind === ts.SyntaxKind.SuperKeyword;
        const { expression } = node;
        const name = ts.isPropertyAccessExpression(expression) ? expression.name.text : expression.getText();
        const place = isSuper ? 0 : functions.get(name);
        if (place !== undefined) take(node.arguments[place]);
      } else if (ts.isPropertyAssignment(node) && node.name.getText() === 'code') {
        // What a shader's text is called is `code` too.
        if (!source.fileName.includes('executors')) take(node.initializer);
      } else if (ts.isTypeAliasDeclaration(node) && node.name.text.endsWith('Code')) {
        visit(node.type, (part) => {
          if (ts.isLiteralTypeNode(part)) take(part.literal);
        });
      }
    });
  }
  return { codes, assembled };
}

/** The classes of errors whose constructor takes a code. */
function codeClasses(source: ts.SourceFile): Places {
  const found = new Map<string, number>();
  visit(source, (node) => {
    if (!ts.isClassDeclaration(node) || node.name === undefined) return;
    const parent = node.heritageClauses?.[0]?.types[0]?.expression.getText();
    if (node.name.text !== base && parent !== base) return;
    const own = node.members.find(ts.isConstructorDeclaration);
    const place = own === undefined ? 0 : placeOfCode(own.parameters);
    if (place !== undefined) found.set(node.name.text, place);
  });
  return found;
}

function codeFunctions(source: ts.SourceFile, exportedOnly: boolean): Places {
  const found = new Map<string, number>();
  visit(source, (node) => {
    const isNamed = ts.isFunctionDeclaration(node) || ts.isMethodDeclaration(node) || ts.isVariableDeclaration(node);
    if (!isNamed || node.name === undefined) return;
    const made = ts.isVariableDeclaration(node) ? node.initializer : node;
    if (made === undefined || !(ts.isFunctionLike(made) && 'parameters' in made)) return;
    const isExported = ts.getCombinedModifierFlags(node) & ts.ModifierFlags.Export;
    const place = placeOfCode(made.parameters);
    if (place !== undefined && (!exportedOnly || isExported !== 0)) found.set(node.name.getText(), place);
  });
  return found;
}

function placeOfCode(parameters: ts.NodeArray<ts.ParameterDeclaration>): number | undefined {
  const place = parameters.findIndex(({ name }) => name.getText() === 'code');
  return place < 0 ? undefined : place;
}

function visit(node: ts.Node, see: (node: ts.Node) => void): void {
  see(node);
  ts.forEachChild(node, (child) => visit(child, see));
}
