import type { FastifyError, FastifyReply, FastifyRequest } from "fastify";
import { hasZodFastifySchemaValidationErrors } from "fastify-type-provider-zod";
import { STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import { AppError, errorCodes, type ErrorCode, type FieldError } from "../../src/lib/errors.ts";
import type { Api } from "../types.ts";

export const problemType = "application/problem+json";

export interface Problem {
  type: string;
  title: string;
  status: number;
  detail: string;
  code: ErrorCode;
  requestId: string;
  errors?: FieldError[];
}

/** Every error leaves here as RFC 9457 problem+json. What the caller may read is on the AppError; the rest goes to the log alone. */
export function addProblems(api: Api): void {
  const routes: { url: string; pattern: RegExp; method: string }[] = [];
  api.addHook("onRoute", (route) => {
    const pattern = new RegExp(`^${route.url.replace(/[.+?^${}()|[\]\\]/g, "\\$&").replace(/:[A-Za-z]+/g, "[^/]+").replace("*", ".*")}/?$`);
    for (const method of [route.method].flat()) routes.push({ url: route.url, pattern, method });
  });
  const answerNothing = (request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const path = request.url.split("?")[0] ?? "/";
    const matching = routes.filter((route) => route.pattern.test(path));
    // What is named in full is another thing than an id at the same place: its methods alone count. Webhooks are one thing.
    const literal = matching.filter((route) => !/[:*]/.test(route.url.slice(route.url.lastIndexOf("/"))) && !path.startsWith("/webhooks/"));
    const allowed = [...new Set((literal.length > 0 ? literal : matching).map((route) => route.method))];
    if (allowed.length === 0) return sendProblem(request, reply, new AppError("not_found", "There is nothing at this address."));
    reply.header("allow", allowed.join(", "));
    return sendProblem(request, reply, new AppError("method_not_allowed", `Use ${allowed.join(" or ")} here.`));
  };
  // Where there is no route there is nothing wrong with the body either.
  api.setErrorHandler((error, request, reply) => (request.is404 && !(error instanceof AppError) ? answerNothing(request, reply) : answerError(error as FastifyError, request, reply)));
  api.setNotFoundHandler(answerNothing);
}

export function answerError(error: FastifyError, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const appError = toAppError(error, request);
  if (appError.status >= 500) request.log.error({ err: error, ...appError.internal }, "request failed");
  else if (appError.internal !== undefined) request.log.info(appError.internal, appError.code);
  // Not every refusal passes the hooks: a path that cannot be decoded has no route.
  return sendProblem(request, reply.header("x-request-id", request.id), appError);
}

export function sendProblem(request: FastifyRequest, reply: FastifyReply, error: AppError): FastifyReply {
  const body: Problem = {
    type: `https://waystation.dev/problems/${error.code.replaceAll("_", "-")}`,
    title: errorCodes[error.code].title,
    status: error.status,
    detail: error.message,
    code: error.code,
    requestId: request.id,
    ...(error.errors === undefined ? {} : { errors: error.errors }),
  };
  if (error.headers !== undefined) reply.headers(error.headers);
  if (error.retryAfterSeconds !== undefined) reply.header("retry-after", String(error.retryAfterSeconds));
  if (error.status === 401) reply.header("www-authenticate", "Bearer");
  // Serialised here: a route's own response schemas describe its good answers.
  return reply.code(error.status).header("content-type", problemType).serializer(JSON.stringify).send(body);
}

function toAppError(error: FastifyError, request: FastifyRequest): AppError {
  if (error instanceof AppError) return error;
  if (hasZodFastifySchemaValidationErrors(error)) {
    const errors = error.validation.flatMap((fault) => fieldErrors(fault));
    const where = error.validationContext === "body" ? "body" : error.validationContext === "params" ? "path" : "query";
    return new AppError("invalid", `Some fields of the ${where} are invalid; see errors.`, { errors });
  }
  const status = error.statusCode ?? 500;
  if (status === 413) return new AppError("too_large", "The body is larger than this address accepts.");
  if (status === 404 || status === 414) return new AppError("not_found", "There is nothing at this address.");
  if (status === 415) return new AppError("unsupported_media_type", `Send the body as application/json; "${request.headers["content-type"] ?? "nothing"}" is not read here.`);
  if (status === 406 || status === 408 || status === 400) return new AppError("malformed", malformedDetail(error));
  if (isDatabaseAway(error)) return new AppError("unavailable", "The database cannot be reached just now; nothing was changed.", { retryAfterSeconds: 5, cause: error });
  return new AppError("internal", "Something went wrong here; the request id finds it in our log.", { cause: error });
}

/** An unknown field is named by its own path: zod reports the object that holds it. */
function fieldErrors(fault: { instancePath: string; message?: string; params: Record<string, unknown> }): FieldError[] {
  const { keys } = fault.params;
  if (!Array.isArray(keys)) return [{ path: fault.instancePath, message: fault.message ?? "is invalid" }];
  const parent = fault.instancePath === "/" ? "" : fault.instancePath;
  return keys.slice(0, 20).map((key) => ({ path: `${parent}/${String(key).replaceAll("~", "~0").replaceAll("/", "~1").slice(0, 200)}`, message: "is not a known field" }));
}

/** For what Node itself refuses before there is a request: bad framing, too many headers, too slow. */
export function answerBrokenRequest(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === "ECONNRESET" || !socket.writable) return void socket.destroy();
  const status = error.code === "HPE_HEADER_OVERFLOW" ? 431 : error.code === "ERR_HTTP_REQUEST_TIMEOUT" ? 408 : 400;
  const body = JSON.stringify({ type: "about:blank", title: STATUS_CODES[status], status, detail: "The request could not be read.", code: "malformed" });
  const answer = `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\ncontent-type: ${problemType}\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`;
  // Closed from our side alone it would stay open for as long as the other goes on sending.
  socket.end(answer, () => socket.destroy());
}

function malformedDetail(error: FastifyError): string {
  if (error.code === "FST_ERR_CTP_EMPTY_JSON_BODY") return "The body is empty, but its content type says JSON.";
  if (error.code === "FST_ERR_BAD_URL") return "The address is not a valid URL path.";
  if (error.code === "FST_ERR_CTP_INVALID_CONTENT_LENGTH") return "The body's length is not what Content-Length says.";
  return "The body is not valid JSON.";
}

const awayCodes = new Set(["P1001", "P1002", "P1008", "P1017", "P2024", "P2028", "ECONNREFUSED", "ECONNRESET", "EPIPE", "57P01", "57P02", "57P03", "08006", "08003"]);

function isDatabaseAway(error: unknown): boolean {
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    if (awayCodes.has((at as { code?: string }).code ?? "")) return true;
    if (/Connection terminated|timeout exceeded when trying to connect|the database system is |Server has closed the connection/i.test(at.message)) return true;
  }
  return false;
}
