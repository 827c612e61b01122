/**
 * JSON in a column: settings that other rooms own and the store only keeps. Their shape is checked by their owners.
 * Convention: an object on the way in, the same object on the way out, or `project-damaged`.
 */
import type { z } from 'zod';
import { jsonObject } from '../contract/values.ts';
import type { JsonObject } from '../contract/values.ts';
import { ProjectDamaged, StoreRefusal } from './errors.ts';

/** Errors: `code` when JSON cannot hold the value as it is (a function, a cycle, NaN, a typed array). */
export function toJsonColumn(value: object, what: string, code: string): string {
  const checked = jsonObject.safeParse(withoutUndefined(value));
  if (checked.success) return JSON.stringify(checked.data);
  const path = checked.error.issues[0]?.path.join('.') ?? '';
  throw new StoreRefusal(code, `The ${what} cannot be stored: ${path} is not something that JSON can hold.`);
}

export function fromJsonColumn<Shape>(text: string, schema: z.ZodType<Shape>, what: string, file: string): Shape {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new ProjectDamaged(file, `${what} is not JSON`, error);
  }
  const checked = schema.safeParse(value);
  if (!checked.success) throw new ProjectDamaged(file, `${what} has another shape than expected`, checked.error);
  return checked.data;
}

/** An object of any shape. */
export function objectFromColumn(text: string, what: string, file: string): JsonObject {
  return fromJsonColumn(text, jsonObject, what, file);
}

/** JSON.stringify drops undefined members; so does this, that an optional setting left out is no error. */
function withoutUndefined(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutUndefined);
  if (value === null || typeof value !== 'object' || Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, member]) => member !== undefined)
      .map(([name, member]) => [name, withoutUndefined(member)]),
  );
}
