/** A row of a SELECT * as Prisma's client would give it: everywhere in the schema camelCase stands for snake_case. */
export function modelRow<Model>(row: Record<string, unknown>): Model {
  return Object.fromEntries(Object.entries(row).map(([column, value]) => [column.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()), value])) as Model;
}
