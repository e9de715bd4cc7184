import { Ajv, type ValidateFunction } from "ajv";

/** One exchange with a vendor, as our client sent it and the stand-in answered it. */
export interface Exchange {
  method: string;
  /** Below the description's server, with the query. */
  pathWithQuery: string;
  contentType?: string | undefined;
  body?: Buffer | undefined;
  status: number;
  answer: Buffer;
}

type Json = Record<string, unknown>;
interface Operation {
  pointer: string;
  parameters: Json[];
  requestBody?: Json;
  responses: Record<string, Json>;
}

const formats = {
  uuid: /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i,
  date: /^\d{4}-\d{2}-\d{2}$/,
  "date-time": /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/,
  binary: true as const,
  float: true as const,
};

/** A vendor's OpenAPI 3.0 description, which exchanges are held against. */
export class ApiDescription {
  private readonly document: Json;
  private readonly ajv = new Ajv({ strict: false, allErrors: true, coerceTypes: true, formats });

  constructor(document: Json) {
    this.document = withAnyOf(document) as Json;
    this.ajv.addSchema(this.document, "api");
  }

  /** What is not as described, in words; nothing when all is well. */
  async problemsOf(exchange: Exchange): Promise<string[]> {
    const [path = "", query = ""] = exchange.pathWithQuery.split("?");
    const operation = this.operationFor(exchange.method, path);
    const name = `${exchange.method} ${path}`;
    if (operation === undefined) return [`${name} is not described`];
    return [...this.queryProblems(operation, query), ...(await this.bodyProblems(operation, exchange)), ...this.answerProblems(operation, exchange)].map((problem) => `${name}: ${problem}`);
  }

  private operationFor(method: string, path: string): Operation | undefined {
    for (const [template, methods] of Object.entries(this.document["paths"] as Json)) {
      const pattern = new RegExp(`^${template.replaceAll(/[.+?^$()|[\]\\]/g, "\\$&").replaceAll(/\{[^}]+\}/g, "[^/]+")}$`);
      const found = (methods as Json)[method.toLowerCase()] as Json | undefined;
      if (!pattern.test(path) || found === undefined) continue;
      const pointer = `api#/paths/${escape(template)}/${method.toLowerCase()}`;
      return { pointer, parameters: (found["parameters"] as Json[] | undefined) ?? [], responses: found["responses"] as Record<string, Json>, ...(found["requestBody"] ? { requestBody: found["requestBody"] as Json } : {}) };
    }
    return undefined;
  }

  private queryProblems({ pointer, parameters }: Operation, query: string): string[] {
    const given = new URLSearchParams(query);
    const described = parameters.map((parameter, index) => ({ parameter, index })).filter(({ parameter }) => parameter["in"] === "query");
    const names = described.map(({ parameter }) => String(parameter["name"]));
    return [
      ...[...given.keys()].filter((name) => !names.includes(name)).map((name) => `the query ${name} is not described`),
      ...described.filter(({ parameter }) => parameter["required"] === true && !given.has(String(parameter["name"]))).map(({ parameter }) => `the query ${String(parameter["name"])} is missing`),
      ...described.flatMap(({ parameter, index }) => {
        const value = given.get(String(parameter["name"]));
        return value === null ? [] : this.against(`${pointer}/parameters/${index}/schema`, { value }, "value").map((problem) => `the query ${String(parameter["name"])} ${problem}`);
      }),
    ];
  }

  private async bodyProblems({ pointer, requestBody }: Operation, { contentType, body }: Exchange): Promise<string[]> {
    if (requestBody === undefined) return body === undefined || body.length === 0 ? [] : ["has a body and none is described"];
    const type = contentType?.split(";")[0]?.trim() ?? "";
    const schema = ((requestBody["content"] as Json)[type] as Json | undefined)?.["schema"];
    if (schema === undefined) return [`sends ${type || "no content type"}, which is not described`];
    const value = type === "multipart/form-data" ? await readForm(contentType ?? "", body) : parse(body);
    return [...this.against(`${pointer}/requestBody/content/${escape(type)}/schema`, { value }, "value"), ...this.strangersIn(schema as Json, value, "")];
  }

  private answerProblems({ pointer, responses }: Operation, { status, answer }: Exchange): string[] {
    const key = responses[String(status)] === undefined ? (status >= 400 ? "default" : undefined) : String(status);
    if (key === undefined) return [`the answer ${status} is not described`];
    const described = (responses[key]?.["content"] as Json | undefined)?.["application/json"];
    return described === undefined ? [] : this.against(`${pointer}/responses/${key}/content/application~1json/schema`, { value: withoutNulls(parse(answer)) }, "value").map((problem) => `the answer ${status}: ${problem}`);
  }

  /** Wrapped, as coercing needs a place to write to. */
  private against(pointer: string, holder: Json, field: string): string[] {
    const validate: ValidateFunction = this.ajv.getSchema(`${pointer}#holder`) ?? this.ajv.compile({ type: "object", properties: { [field]: { $ref: pointer } } });
    return validate(holder) ? [] : (validate.errors ?? []).map((error) => `${error.instancePath.slice(field.length + 1) || "the whole"} ${error.message ?? ""}`);
  }

  /** A description that says nothing of further fields allows them; a field of ours that it does not know is a slip all the same. */
  private strangersIn(schema: Json, value: unknown, at: string): string[] {
    if (Array.isArray(value)) {
      const items = this.branchesOf(schema).map((branch) => branch["items"]).find((each) => each !== undefined);
      return items === undefined ? [] : value.flatMap((each, index) => this.strangersIn(items as Json, each, `${at}/${index}`));
    }
    if (typeof value !== "object" || value === null) return [];
    const branches = this.branchesOf(schema);
    if (branches.some((branch) => branch["additionalProperties"] === true)) return [];
    const properties: Json = Object.assign({}, ...branches.map((branch) => branch["properties"] ?? {}));
    if (Object.keys(properties).length === 0) return [];
    return Object.entries(value).flatMap(([name, each]) => (Object.hasOwn(properties, name) ? this.strangersIn(properties[name] as Json, each, `${at}/${name}`) : [`${at}/${name} is not described`]));
  }

  private branchesOf(schema: Json): Json[] {
    const target = typeof schema["$ref"] === "string" ? this.resolve(schema["$ref"]) : schema;
    const parts = ["allOf", "oneOf", "anyOf"].flatMap((key) => (target[key] as Json[] | undefined) ?? []);
    return [target, ...parts.flatMap((part) => this.branchesOf(part))];
  }

  private resolve(reference: string): Json {
    const names = reference.replace(/^#\//, "").split("/").map((name) => name.replaceAll("~1", "/").replaceAll("~0", "~"));
    return names.reduce<Json>((node, name) => node[name] as Json, this.document);
  }
}

/** Behind a discriminator the branches often overlap, as nothing in them is closed: more than one may fit. */
function withAnyOf(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(withAnyOf);
  if (typeof node !== "object" || node === null) return node;
  const { discriminator, oneOf, ...rest } = node as Json;
  const copy = Object.fromEntries(Object.entries(rest).map(([name, each]) => [name, withAnyOf(each)]));
  if (oneOf === undefined) return copy;
  return { ...copy, [discriminator === undefined ? "oneOf" : "anyOf"]: withAnyOf(oneOf) };
}

/** Vendors answer null for what is not there, also where their description does not say so. */
function withoutNulls(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(withoutNulls);
  if (typeof node !== "object" || node === null) return node;
  return Object.fromEntries(Object.entries(node).filter(([, each]) => each !== null).map(([name, each]) => [name, withoutNulls(each)]));
}

function escape(name: string): string {
  return encodeURIComponent(name.replaceAll("~", "~0").replaceAll("/", "~1"));
}

function parse(body: Buffer | undefined): unknown {
  try {
    return JSON.parse((body ?? Buffer.alloc(0)).toString("utf8"));
  } catch {
    return undefined;
  }
}

async function readForm(contentType: string, body: Buffer | undefined): Promise<Json> {
  const form = await new Response(new Uint8Array(body ?? []), { headers: { "content-type": contentType } }).formData();
  return Object.fromEntries([...form.entries()].map(([name, value]) => [name, typeof value === "string" ? value : "a file"]));
}
