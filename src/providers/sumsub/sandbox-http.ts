import { randomBytes, timingSafeEqual } from "node:crypto";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { SandboxWorld } from "../sandbox-contract.ts";
import type { StoredApplicant } from "./sandbox-person.ts";

/** Under which a signed request carries the account that it belongs to. */
export const accountKey = "sumsubAccount";

export function accountOf(request: FastifyRequest): string {
  return request.getDecorator<string>(accountKey);
}

/** https://docs.sumsub.com/reference/error-codes-description */
export interface VendorError {
  errorCode: number;
  errorName: string;
}

/** `id` may be Sumsub's other form, "-;externalUserId=…". */
export function findApplicant(world: SandboxWorld, account: string, id: string): StoredApplicant | undefined {
  const externalId = /^-;externalUserId=(.+)$/s.exec(id)?.[1];
  if (externalId !== undefined) return findByExternalId(world, account, externalId);
  const applicant = world.objects("applicants").get(id) as StoredApplicant | undefined;
  return applicant?.sandbox.account === account ? applicant : undefined;
}

export function findByExternalId(world: SandboxWorld, account: string, externalUserId: string): StoredApplicant | undefined {
  const found = world.objects("_externalIds").get(`${account}\n${externalUserId}`);
  return found && findApplicant(world, account, String(found["id"]));
}

export function shown({ sandbox: _sandbox, ...applicant }: StoredApplicant): Record<string, unknown> {
  return applicant;
}

export function notFound(reply: FastifyReply): FastifyReply {
  return fail(reply, 404, "Applicant not found");
}

export function fail(reply: FastifyReply, code: number, description: string, error?: VendorError): FastifyReply {
  return reply.code(code).send({ code, description, correlationId: randomBytes(16).toString("hex"), ...error });
}

export function objectId(): string {
  return randomBytes(12).toString("hex");
}

export function equal(expected: string, given: string): boolean {
  const [left, right] = [Buffer.from(expected), Buffer.from(given)];
  return left.length === right.length && timingSafeEqual(left, right);
}

export function bytesOf(request: FastifyRequest): Buffer {
  return Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
}

export function jsonOf(request: FastifyRequest): unknown {
  return parseJson(bytesOf(request).toString("utf8"));
}

export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
