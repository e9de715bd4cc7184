import { Ajv } from "ajv";
import { Ajv2020, type ErrorObject, type ValidateFunction } from "ajv/dist/2020.js";
import type { FieldError } from "../../lib/errors.ts";
import { PatternBudget } from "./pattern-budget.ts";
import { isSafePattern } from "./safe-pattern.ts";

/** The JSON Schemas that tenants declare for their events: what may be stored, and the check that is made of one. */
export type JsonSchema = Record<string, unknown>;

/** Gives the first fault of a payload, its path below the payload; undefined when there is none. */
export type PayloadCheck = (payload: unknown) => FieldError | undefined;

const maxBytes = 64 * 1024;
const maxDepth = 32;
const maxSteps = 5_000;
const maxUniqueItems = 1000;

const dialects: Record<string, "2020" | "draft-07"> = {
  "https://json-schema.org/draft/2020-12/schema": "2020",
  "http://json-schema.org/draft-07/schema": "draft-07",
  "http://json-schema.org/draft-07/schema#": "draft-07",
};

const schemaKeywords = [
  "not", "if", "then", "else", "items", "additionalItems", "unevaluatedItems", "contains", "additionalProperties", "unevaluatedProperties", "propertyNames", "contentSchema",
];
const listKeywords = ["allOf", "anyOf", "oneOf", "prefixItems", "items"];
const mapKeywords = ["properties", "patternProperties", "$defs", "definitions", "dependentSchemas", "dependencies"];
const refusedKeywords = ["$anchor", "$dynamicRef", "$dynamicAnchor", "$recursiveRef", "$recursiveAnchor", "$async", "$vocabulary"];

function dialectOf(schema: JsonSchema): "2020" | "draft-07" | undefined {
  return schema["$schema"] === undefined ? "2020" : dialects[String(schema["$schema"])];
}

// They know the two dialects' own schemas, and check a tenant's schema against them.
const metaCheckers = { "2020": new Ajv2020({ strict: false, logger: false }), "draft-07": new Ajv({ strict: false, logger: false }) };

/** Every fault that keeps a schema from being stored, at its JSON pointer below `/schema`. */
export function checkSchema(schema: JsonSchema): FieldError[] {
  if (Buffer.byteLength(JSON.stringify(schema)) > maxBytes) return [{ path: "/schema", message: `must be at most ${maxBytes / 1024} KiB` }];
  if (depthOf(schema) > maxDepth) return [{ path: "/schema", message: `must not be nested deeper than ${maxDepth} levels` }];
  const dialect = dialectOf(schema);
  if (dialect === undefined) return [{ path: "/schema/$schema", message: "must be JSON Schema 2020-12 or draft-07" }];
  const checker = metaCheckers[dialect];
  if (checker.validateSchema({ ...schema, $id: undefined }) !== true) {
    const fault = checker.errors?.[0];
    return [{ path: `/schema${fault?.instancePath ?? ""}`, message: fault?.message ?? "is not a JSON Schema" }];
  }
  const walk = new SchemaWalk(schema);
  walk.steps(schema, "/schema");
  if (walk.errors.length > 0) return walk.errors.slice(0, 50);
  try {
    compileSchema(schema);
    return [];
  } catch (error) {
    return [{ path: "/schema", message: `cannot be used: ${error instanceof Error ? error.message.slice(0, 200) : "it does not compile"}` }];
  }
}

function depthOf(value: unknown): number {
  return value === null || typeof value !== "object" ? 0 : 1 + Math.max(0, ...Object.values(value).map(depthOf));
}

/** Follows every reference, so that a small schema cannot ask for endless work by naming its parts over and over. */
class SchemaWalk {
  readonly errors: FieldError[] = [];
  private readonly known = new Map<object, number>();
  private readonly open = new Set<object>();
  private readonly root: JsonSchema;

  constructor(root: JsonSchema) {
    this.root = root;
  }

  /** How many subschemas a payload may meet in this one, references written out. */
  steps(schema: unknown, path: string): number {
    if (schema === null || typeof schema !== "object" || Array.isArray(schema)) return 1;
    const before = this.known.get(schema);
    if (before !== undefined) return before;
    this.open.add(schema);
    const node = schema as JsonSchema;
    this.checkNode(node, path);
    let sum = 1 + this.reference(node, path);
    for (const [keyword, name, child] of childrenOf(node)) sum += this.steps(child, `${path}/${keyword}${name === null ? "" : `/${escapePointer(name)}`}`);
    this.open.delete(schema);
    const fresh = sum > maxSteps && !this.errors.some((error) => error.path === "/schema");
    if (fresh) this.errors.push({ path: "/schema", message: `must not grow beyond ${maxSteps} subschemas when its references are written out` });
    const bounded = Math.min(sum, maxSteps + 1);
    this.known.set(schema, bounded);
    return bounded;
  }

  private reference(node: JsonSchema, path: string): number {
    const ref = node["$ref"];
    if (typeof ref !== "string") return 0;
    const refuse = (message: string): number => {
      this.errors.push({ path: `${path}/$ref`, message });
      return 0;
    };
    if (ref !== "#" && !ref.startsWith("#/")) return refuse("must point into this schema, such as #/$defs/address");
    const target = this.find(ref);
    if (target === undefined) return refuse("points to nothing in this schema");
    if (typeof target === "object" && this.open.has(target as object)) return refuse("must not lead back to where it stands");
    return this.steps(target, `/schema${ref.slice(1)}`);
  }

  private find(ref: string): unknown {
    let at: unknown = this.root;
    for (const part of ref.split("/").slice(1)) {
      const name = decodePointer(part);
      if (name === undefined || at === null || typeof at !== "object" || !Object.hasOwn(at, name)) return undefined;
      at = (at as Record<string, unknown>)[name];
    }
    return at === null ? undefined : at;
  }

  private checkNode(node: JsonSchema, path: string): void {
    for (const keyword of refusedKeywords) if (keyword in node) this.errors.push({ path: `${path}/${keyword}`, message: "is not supported" });
    if ("$id" in node && node !== this.root) this.errors.push({ path: `${path}/$id`, message: "is supported at the top alone" });
    const patterns = [["pattern", node["pattern"]], ...Object.keys((node["patternProperties"] ?? {}) as object).map((name) => [`patternProperties/${escapePointer(name)}`, name])] as [string, unknown][];
    for (const [at, pattern] of patterns) {
      if (typeof pattern === "string" && !isSafePattern(pattern)) this.errors.push({ path: `${path}/${at}`, message: "must be a regular expression of at most 200 characters, without back-references, and without repetition or choice inside a repeated group" });
    }
    // Comparing every item with every other takes the square of their number.
    if (node["uniqueItems"] === true && !(Number(node["maxItems"]) <= maxUniqueItems)) this.errors.push({ path: `${path}/uniqueItems`, message: `needs maxItems of at most ${maxUniqueItems} beside it` });
  }
}

/** The subschemas of a node with their keyword and name. Data (`const`, `enum`, `examples`) is none. */
function* childrenOf(node: JsonSchema): Generator<[keyword: string, name: string | null, child: unknown]> {
  for (const keyword of schemaKeywords) if (node[keyword] !== undefined && !Array.isArray(node[keyword])) yield [keyword, null, node[keyword]];
  for (const keyword of listKeywords) {
    const list = node[keyword];
    if (Array.isArray(list)) for (const [index, child] of list.entries()) yield [keyword, String(index), child];
  }
  for (const keyword of mapKeywords) {
    const map = node[keyword];
    if (map !== null && typeof map === "object") for (const [name, child] of Object.entries(map)) yield [keyword, name, child];
  }
}

/**
 * Makes the check of a stored schema. `format` is not checked. A compiler of its own for each: Ajv keeps all it ever compiled.
 * The first fault ends the check: collecting all of them would let a payload choose how much work it makes.
 */
export function compileSchema(schema: JsonSchema): PayloadCheck {
  const { $schema: _dialect, $id: _id, ...rest } = schema;
  const patterns = new PatternBudget();
  const options = { strict: false, meta: false, validateSchema: false, validateFormats: false, inlineRefs: false, logger: false, code: { regExp: patterns.engine } } as const;
  const validate: ValidateFunction = dialectOf(schema) === "draft-07" ? new Ajv(options).compile(rest) : new Ajv2020(options).compile(rest);
  return (payload) => {
    patterns.restart();
    try {
      if (validate(payload)) return undefined;
    } catch {
      return { path: "", message: "takes too long to check against its schema" };
    }
    const fault = validate.errors?.[0];
    return fault === undefined ? { path: "", message: "is invalid" } : toFieldError(fault);
  };
}

/** A missing or surplus field is named by its own path: Ajv reports the object that holds it. */
function toFieldError(fault: ErrorObject): FieldError {
  const { missingProperty, additionalProperty, unevaluatedProperty } = fault.params as Record<string, unknown>;
  if (typeof missingProperty === "string") return { path: `${fault.instancePath}/${escapePointer(missingProperty)}`, message: "is required" };
  const surplus = additionalProperty ?? unevaluatedProperty;
  if (typeof surplus === "string") return { path: `${fault.instancePath}/${escapePointer(surplus)}`, message: "is not a known field" };
  return { path: fault.instancePath, message: fault.message ?? "is invalid" };
}

function escapePointer(name: string): string {
  return name.replaceAll("~", "~0").replaceAll("/", "~1");
}

function decodePointer(part: string): string | undefined {
  try {
    return decodeURIComponent(part).replaceAll("~1", "/").replaceAll("~0", "~");
  } catch {
    return undefined;
  }
}
