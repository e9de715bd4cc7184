import type { FieldError } from "../../lib/errors.ts";

/**
 * An endpoint's filter: conditions on an event's `type` and `data`, all of which must hold.
 *
 *   { "data.amount.value": { "$gte": 100 }, "$or": [{ "type": "payment.failed" }, { "data.urgent": true }] }
 *
 * A key is `type` or a path below `data` (`data.items.0.sku`); its value is one to equal, or an object of operators.
 * `$and` and `$or` take lists of filters, `$not` one. What is absent equals nothing, is neither less nor more than
 * anything, and so satisfies `$ne` and `$nin`. Nothing here loops over more than the filter itself, and no text is ever
 * taken as a pattern: a filter costs the same whatever the event holds.
 */
export type Filter = Record<string, unknown>;

type Scalar = string | number | boolean | null;

const maxConditions = 50;
const maxDepth = 6;
const maxPathLength = 256;
const maxListLength = 100;
const maxTextLength = 1024;

const pathShape = /^(type|data(\.[^.]+)+)$/;

interface Operator {
  /** What is wrong with the operand, or undefined. */
  fault(operand: unknown): string | undefined;
  holds(value: unknown, operand: unknown): boolean;
}

const scalarFault = (operand: unknown): string | undefined => {
  if (typeof operand === "string") return textFault(operand);
  return operand === null || typeof operand === "number" || typeof operand === "boolean" ? undefined : "must be a string, a number, true, false or null";
};

const textFault = (operand: unknown): string | undefined =>
  typeof operand !== "string" ? "must be a string" : operand.length > maxTextLength ? `must be at most ${maxTextLength} characters` : undefined;

const listFault = (operand: unknown): string | undefined => {
  if (!Array.isArray(operand)) return "must be a list";
  if (operand.length === 0 || operand.length > maxListLength) return `must hold 1 to ${maxListLength} values`;
  return operand.map(scalarFault).find((fault) => fault !== undefined);
};

const orderFault = (operand: unknown): string | undefined => (typeof operand === "number" ? undefined : typeof operand === "string" ? textFault(operand) : "must be a number or a string");

/** Numbers compare with numbers, strings with strings by code unit (which orders RFC 3339 times); nothing else does. */
function ordered(holds: (difference: number) => boolean): Operator {
  return {
    fault: orderFault,
    holds(value, operand) {
      if (typeof value === "number" && typeof operand === "number") return holds(value - operand);
      if (typeof value !== "string" || typeof operand !== "string") return false;
      return holds(value < operand ? -1 : value > operand ? 1 : 0);
    },
  };
}

const operators = new Map<string, Operator>([
  ["$eq", { fault: scalarFault, holds: (value, operand) => value === operand }],
  ["$ne", { fault: scalarFault, holds: (value, operand) => value !== operand }],
  ["$gt", ordered((difference) => difference > 0)],
  ["$gte", ordered((difference) => difference >= 0)],
  ["$lt", ordered((difference) => difference < 0)],
  ["$lte", ordered((difference) => difference <= 0)],
  ["$in", { fault: listFault, holds: (value, operand) => (operand as Scalar[]).includes(value as Scalar) }],
  ["$nin", { fault: listFault, holds: (value, operand) => !(operand as Scalar[]).includes(value as Scalar) }],
  ["$exists", { fault: (operand) => (typeof operand === "boolean" ? undefined : "must be true or false"), holds: (value, operand) => (value !== undefined) === operand }],
  ["$startsWith", { fault: textFault, holds: (value, operand) => typeof value === "string" && value.startsWith(operand as string) }],
  ["$endsWith", { fault: textFault, holds: (value, operand) => typeof value === "string" && value.endsWith(operand as string) }],
]);

/** Every fault of a filter, each at its own JSON pointer below `/filter`; none when it may be stored. */
export function checkFilter(filter: unknown): FieldError[] {
  const check = new FilterCheck();
  check.filter(filter, "/filter", 1);
  if (check.conditions > maxConditions) return [{ path: "/filter", message: `must hold at most ${maxConditions} conditions` }];
  return check.errors.slice(0, 50);
}

class FilterCheck {
  readonly errors: FieldError[] = [];
  conditions = 0;

  filter(filter: unknown, path: string, depth: number): void {
    if (!isObject(filter)) return this.refuse(path, "must be an object");
    if (depth > maxDepth) return this.refuse(path, `must not be nested deeper than ${maxDepth} levels`);
    for (const [key, value] of Object.entries(filter)) {
      const at = `${path}/${escapePointer(key)}`;
      if (key === "$and" || key === "$or") this.list(value, at, depth);
      else if (key === "$not") this.filter(value, at, depth + 1);
      else if (key.startsWith("$")) this.refuse(at, "is not an operator here; use $and, $or or $not");
      else if (key.length > maxPathLength || !pathShape.test(key)) this.refuse(at, `must be type, or a path such as data.amount.value of at most ${maxPathLength} characters`);
      else this.condition(value, at);
    }
  }

  private list(value: unknown, path: string, depth: number): void {
    if (!Array.isArray(value) || value.length === 0 || value.length > maxConditions) return this.refuse(path, `must be a list of 1 to ${maxConditions} filters`);
    for (const [index, item] of value.entries()) this.filter(item, `${path}/${index}`, depth + 1);
  }

  private condition(value: unknown, path: string): void {
    if (!isObject(value)) {
      this.conditions += 1;
      const fault = scalarFault(value);
      if (fault !== undefined) this.refuse(path, `${fault}, or an object of operators`);
      return;
    }
    const entries = Object.entries(value);
    if (entries.length === 0) this.refuse(path, "must name an operator, such as $eq");
    for (const [name, operand] of entries) {
      this.conditions += 1;
      const operator = operators.get(name);
      const fault = operator === undefined ? `is not an operator; use one of ${[...operators.keys()].join(", ")}` : operator.fault(operand);
      if (fault !== undefined) this.refuse(`${path}/${escapePointer(name)}`, fault);
    }
  }

  private refuse(path: string, message: string): void {
    if (this.errors.length < 100) this.errors.push({ path: path.slice(0, 1000), message });
  }
}

/** Whether an event passes. The filter must have been checked. */
export function matchesFilter(filter: Filter, event: { type: string; data: unknown }): boolean {
  return Object.entries(filter).every(([key, value]) => {
    if (key === "$and") return (value as Filter[]).every((item) => matchesFilter(item, event));
    if (key === "$or") return (value as Filter[]).some((item) => matchesFilter(item, event));
    if (key === "$not") return !matchesFilter(value as Filter, event);
    const found = valueAt(event, key);
    if (!isObject(value)) return found === value;
    return Object.entries(value).every(([name, operand]) => operators.get(name)?.holds(found, operand) === true);
  });
}

/** Own properties alone, so that `data.constructor` finds only what the sender wrote; of a list only its items. */
function valueAt(event: unknown, path: string): unknown {
  let at = event;
  for (const name of path.split(".")) {
    if (at === null || typeof at !== "object" || !Object.hasOwn(at, name)) return undefined;
    if (Array.isArray(at) && name === "length") return undefined;
    at = (at as Record<string, unknown>)[name];
  }
  return at;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function escapePointer(name: string): string {
  return name.slice(0, 300).replaceAll("~", "~0").replaceAll("/", "~1");
}
