/**
 * The two handles on the project's database: one that can only read, one that can also write. Not an ORM: SQL stands
 * where it is used. Convention: a function that takes a ReadHandle changes nothing, and the handle sees to it.
 */
import type Database from 'better-sqlite3';
import { ProjectClosed } from './errors.ts';
import { withStoreErrors } from './sqlite-errors.ts';

export type SqlValue = string | number | Uint8Array | null;

/** A record as its columns hold it. */
export type RowOf<Shape> = {
  readonly [Name in keyof Shape]: undefined extends Shape[Name] ? Exclude<Shape[Name], undefined> | null : Shape[Name];
};

/** What is NULL in the row is undefined in the record. */
export function withoutNulls<Shape extends object>(row: RowOf<Shape>): Shape {
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, value ?? undefined])) as Shape;
}

export class ReadHandle {
  /** The database file, for error messages. */
  readonly file: string;
  protected readonly database: Database.Database;
  /** Statements by their SQL: compiled once per handle. */
  readonly #statements = new Map<string, Database.Statement<SqlValue[]>>();

  constructor(database: Database.Database, file: string) {
    this.database = database;
    this.file = file;
  }

  one<Row>(sql: string, ...values: readonly SqlValue[]): Row | undefined {
    return withStoreErrors(this.file, () => this.#reading(sql).get(...values) as Row | undefined);
  }

  many<Row>(sql: string, ...values: readonly SqlValue[]): Row[] {
    return withStoreErrors(this.file, () => this.#reading(sql).all(...values) as Row[]);
  }

  #reading(sql: string): Database.Statement<SqlValue[]> {
    const statement = this.statement(sql);
    if (!statement.readonly) throw new Error(`a read handle was asked to write: ${sql}`);
    return statement;
  }

  protected statement(sql: string): Database.Statement<SqlValue[]> {
    if (!this.database.open) throw new ProjectClosed(this.file);
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.database.prepare<SqlValue[]>(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }

  pragma(source: string): unknown {
    return withStoreErrors(this.file, () => this.database.pragma(source, { simple: true }));
  }

  close(): void {
    this.#statements.clear();
    withStoreErrors(this.file, () => this.database.close());
  }
}

export class WriteHandle extends ReadHandle {
  /** @returns the row id of an INSERT; the number of rows touched */
  run(sql: string, ...values: readonly SqlValue[]): { readonly id: number; readonly changes: number } {
    return withStoreErrors(this.file, () => {
      const result = this.statement(sql).run(...values);
      return { id: Number(result.lastInsertRowid), changes: result.changes };
    });
  }

  /** Several statements without values: a migration's schema. */
  script(sql: string): void {
    withStoreErrors(this.file, () => this.database.exec(sql));
  }

  /** All of `work` or nothing; on disk when this returns. Inside another transaction it is a part of that one. */
  transaction<T>(work: () => T): T {
    if (!this.database.open) throw new ProjectClosed(this.file);
    return withStoreErrors(this.file, () => this.database.transaction(work).immediate());
  }
}
