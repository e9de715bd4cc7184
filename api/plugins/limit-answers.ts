/** RateLimit-* and Retry-After, as src/limits/rate-answer.ts writes them. */
const integer = (description: string, example: number): object => ({ description, schema: { type: "integer", minimum: 0, examples: [example] } });
const stateHeaders = {
  "RateLimit-Limit": integer("What the limit allows at once", 100),
  "RateLimit-Remaining": integer("How much of it is left", 0),
  "RateLimit-Reset": integer("Seconds until all of it is there again", 1),
};
const retryAfter = { "Retry-After": integer("Seconds to wait before the next request", 1) };

interface Answer {
  description?: string;
  headers?: object;
  content?: Record<string, { schema?: unknown; example?: unknown }>;
}

/** What asks for a key, and the door. */
function isLimited(path: string): boolean {
  return path.startsWith("/v1/") || path.startsWith("/webhooks/");
}

const example = (status: number, title: string, detail: string, code: string): object => ({ type: `https://waystation.dev/problems/${code.replaceAll("_", "-")}`, title, status, detail, code, requestId: "req_01jdmz8v5ye2f9m4r6sgk3x7qa" });
const tooMany = example(429, "Too many requests", "The integration takes 100 webhooks a second.", "rate_limited");
const elsewhere = example(403, "The address may not send here", "Webhooks for this integration are not taken from this address.", "source_not_allowed");

/** Says in the description of the API where limits hold: the 429 with its headers, the headers of good answers, the door's 403. */
export function withLimitAnswers<Document>(document: Document): Document {
  const { paths } = document as { paths: Record<string, Record<string, { responses: Record<string, Answer> }>> };
  for (const [path, operations] of Object.entries(paths)) {
    if (!isLimited(path)) continue;
    for (const { responses } of Object.values(operations)) {
      const refusal = (status: string): Answer => ({ ...(responses[status] ?? responses["4XX"]) });
      for (const [status, answer] of Object.entries(responses)) {
        if (status.startsWith("2")) responses[status] = { ...answer, headers: { ...answer.headers, ...stateHeaders } };
      }
      responses["429"] = { ...refusal("429"), description: "Too many requests: wait as long as Retry-After says", headers: { ...retryAfter, ...stateHeaders }, ...exampleIn(refusal("429"), tooMany) };
      if (path.startsWith("/webhooks/")) responses["403"] = { ...refusal("403"), description: "The address is not one that the integration takes webhooks from", ...exampleIn(refusal("403"), elsewhere) };
      else responses["403"] ??= { ...refusal("403"), description: "The key lacks the scope, or may not be used from this address" };
    }
  }
  return document;
}

function exampleIn({ content = {} }: Answer, value: object): Pick<Answer, "content"> {
  return { content: Object.fromEntries(Object.entries(content).map(([type, media]) => [type, { ...media, example: value }])) };
}
