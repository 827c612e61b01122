import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { en } from '../../renderer/locales/en/en.ts';
import { zhCN } from '../../renderer/locales/zh-CN/zh-cn.ts';

const renderer = fileURLToPath(new URL('../../renderer/', import.meta.url));

function keysOf(messages: object, before = ''): string[] {
  return Object.entries(messages).flatMap(([key, value]: [string, unknown]) =>
    typeof value === 'object' && value !== null ? keysOf(value, `${before}${key}.`) : [`${before}${key}`],
  );
}

function at(messages: object, key: string): unknown {
  return key
    .split('.')
    .reduce<unknown>((place, step) => (place as Record<string, unknown> | undefined)?.[step], messages);
}

const sources = readdirSync(renderer, { withFileTypes: true, recursive: true })
  .filter((entry) => entry.isFile() && /\.(vue|ts)$/.test(entry.name) && !entry.parentPath.includes('locales'))
  .map((entry) => join(entry.parentPath, entry.name))
  .map((path) => ({ path, text: readFileSync(path, 'utf8') }));

describe('the languages of the window', () => {
  it('say the same things', () => {
    // The engine says its errors in English by itself.
    const { errors: chinese, ...ofTheWindow } = zhCN;
    const { errors: english, ...others } = en;
    expect(keysOf(ofTheWindow).sort()).toEqual(keysOf(others).sort());
    expect(Object.keys(english).filter((code) => !(code in chinese))).toEqual([]);
  });

  it('fill in the same values', () => {
    const valuesOf = (text: unknown): string[] => [...new Set(String(text).match(/\{\w+\}/g) ?? [])].sort();
    for (const key of keysOf(en)) expect([key, valuesOf(at(zhCN, key))]).toEqual([key, valuesOf(at(en, key))]);
  });

  it('are written, in Chinese too', () => {
    const same = keysOf(en).filter((key) => at(en, key) === at(zhCN, key) && /[a-z]{3}/i.test(String(at(en, key))));
    // Names and terms that stay as they are.
    const kept =
      /^(Mambrush|Dice.*|.*\{.*|IoU|HD95.*|COCO.*|labelme.*|NPY.*|PNG.*|CSV.*|ONNX.*|PyTorch.*|safetensors.*|AdamW|Adam|SGD|Enter|Escape|Backspace)$/i;
    expect(same.filter((key) => !kept.test(String(at(en, key))))).toEqual([]);
  });

  it('have every text that the window asks for', () => {
    const asked = sources.flatMap(({ path, text }) =>
      [...text.matchAll(/\b(?:t|translate)\(\s*'([\w.-]+)'/g)].map(([, key = '']) => ({ path, key })),
    );
    expect(asked.length).toBeGreaterThan(100);
    expect(asked.filter(({ key }) => typeof at(en, key) !== 'string')).toEqual([]);
    const begun = sources.flatMap(({ path, text }) =>
      [...text.matchAll(/\b(?:t|translate)\(\s*`([\w.-]+)\.\$\{/g)].map(([, key = '']) => ({ path, key })),
    );
    expect(begun.filter(({ key }) => typeof at(en, key) !== 'object')).toEqual([]);
  });
});
