import type { Compilable, CompiledQuery, Kysely, QueryResult } from 'kysely';
import type { Schema } from './schema.js';

/** Stands in a query for a value that is given when it is executed. */
export type ArgumentOf<Values> = <T>(read: (values: Values) => T) => T;

class Argument<Values> {
  constructor(readonly read: (values: Values) => unknown) {}
}

/**
 * A query that is built and compiled once: for those of every request this costs more than it costs the database to run them.
 *
 * @example
 * const find = new PreparedQuery((argument: ArgumentOf<{ id: string }>) =>
 *   db.selectFrom('responses').selectAll().where('id', '=', argument(({ id }) => id)));
 * const { rows } = await find.execute(transaction, { id });
 */
export class PreparedQuery<Values, Row> {
  private readonly compiled: CompiledQuery<Row>;

  constructor(build: (argument: ArgumentOf<Values>) => Compilable<Row>) {
    const argument = <T>(read: (values: Values) => T) => new Argument<Values>(read) as T;
    this.compiled = build(argument).compile();
  }

  execute(db: Kysely<Schema>, values: Values): Promise<QueryResult<Row>> {
    const { query, queryId, sql, parameters } = this.compiled;
    const given = parameters.map((parameter) =>
      parameter instanceof Argument ? (parameter as Argument<Values>).read(values) : parameter,
    );
    return db.executeQuery({ query, queryId, sql, parameters: given });
  }
}

/** Rows that one statement inserts at most. */
const ROWS_AT_ONCE = 32;

/** Inserts of one table, prepared for numbers of rows that are powers of two. */
export class PreparedInsert<Row, Result> {
  private readonly queries = new Map<number, PreparedQuery<readonly Row[], Result>>();

  /** @param build makes the query out of its rows */
  constructor(
    private readonly columns: readonly (keyof Row & string)[],
    private readonly build: (rows: Row[]) => Compilable<Result>,
  ) {}

  /** @returns how many rows were written, and what the statement returns of them */
  async execute(db: Kysely<Schema>, rows: readonly Row[]): Promise<{ written: number; returned: Result[] }> {
    const returned: Result[] = [];
    let written = 0;
    for (let start = 0, size: number; start < rows.length; start += size) {
      size = Math.min(ROWS_AT_ONCE, 2 ** Math.floor(Math.log2(rows.length - start)));
      const result = await this.queryOf(size).execute(db, rows.slice(start, start + size));
      written += Number(result.numAffectedRows ?? result.rows.length);
      returned.push(...result.rows);
    }
    return { written, returned };
  }

  private queryOf(size: number): PreparedQuery<readonly Row[], Result> {
    let query = this.queries.get(size);
    if (!query) {
      query = new PreparedQuery((argument: ArgumentOf<readonly Row[]>) =>
        this.build(Array.from({ length: size }, (_, index) => this.rowOf(argument, index))),
      );
      this.queries.set(size, query);
    }
    return query;
  }

  private rowOf(argument: ArgumentOf<readonly Row[]>, index: number): Row {
    const fields = this.columns.map((column) => [column, argument((rows) => rows[index]?.[column])] as const);
    return Object.fromEntries(fields) as Row;
  }
}
