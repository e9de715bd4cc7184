import { currentKey } from "../session.ts";
import type { FieldError, ProblemBody } from "./types.ts";

/** An answer that is no success, as RFC 9457 tells it; status 0 when no answer came at all. */
export class ApiProblem extends Error {
  override readonly name = "ApiProblem";
  readonly status: number;
  readonly title: string;
  readonly requestId: string | null;
  readonly errors: FieldError[];

  constructor(status: number, body: ProblemBody) {
    super(body.detail ?? body.title ?? "The API gave no reason.");
    this.status = status;
    this.title = body.title ?? `The API answered ${status}`;
    this.requestId = body.requestId ?? null;
    this.errors = body.errors ?? [];
  }

  /** The message for one field by its JSON pointer, such as "/candidate/email". */
  at(pointer: string): string | null {
    return this.errors.find((error) => error.path === pointer)?.message ?? null;
  }
}

export interface RequestOptions {
  method?: "GET" | "POST" | "PATCH" | "DELETE";
  body?: unknown;
  signal?: AbortSignal;
  /** Repeating a POST with the same key cannot do the thing twice. */
  idempotencyKey?: string;
  /** The key to try at sign-in, before it is kept. */
  apiKey?: string;
}

export async function request<T>(path: string, options: RequestOptions = {}): Promise<T> {
  const { method = "GET", body, signal } = options;
  const headers = new Headers({ accept: "application/json" });
  const key = options.apiKey ?? currentKey();
  if (key !== null) headers.set("authorization", `Bearer ${key}`);
  if (body !== undefined) headers.set("content-type", "application/json");
  if (method === "POST") headers.set("idempotency-key", options.idempotencyKey ?? randomKey());

  const payload = body === undefined ? {} : { body: JSON.stringify(body) };
  const response = await fetch(path, { method, headers, ...payload, ...(signal ? { signal } : {}) }).catch((cause: unknown) => {
    if (cause instanceof DOMException && cause.name === "AbortError") throw cause;
    throw new ApiProblem(0, { title: "The API cannot be reached", detail: "Check that Waystation is running and that you are online." });
  });
  if (!response.ok) throw new ApiProblem(response.status, await readProblem(response));
  return (response.status === 204 ? null : await response.json()) as T;
}

/** 128 random bits; crypto.randomUUID is missing where the console is opened over plain http from another machine. */
export function randomKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export function queryString(values: Record<string, string | number | undefined>): string {
  const pairs = Object.entries(values).filter((pair): pair is [string, string | number] => pair[1] !== undefined);
  return pairs.length === 0 ? "" : `?${new URLSearchParams(pairs.map(([name, value]) => [name, String(value)])).toString()}`;
}

async function readProblem(response: Response): Promise<ProblemBody> {
  const fallback = { title: response.statusText || "The request failed", requestId: response.headers.get("x-request-id") ?? undefined };
  const body = (await response.json().catch(() => null)) as ProblemBody | null;
  return { ...fallback, ...body };
}
