import { z } from "zod";
import type { Payload } from "@temporalio/common";
import { EncryptionCodec } from "./codec.ts";

/** Payloads as Temporal's Web UI and CLI send them to a codec server: metadata values and data in base64. */
export const jsonPayloads = z.object({
  // The CLI has been seen to send a body without payloads: that is an empty list.
  payloads: z
    .array(z.looseObject({ metadata: z.record(z.string(), z.string()).optional(), data: z.string().optional() }))
    .max(10_000)
    .default([]),
});
export type JsonPayloads = z.infer<typeof jsonPayloads>;

/** The two verbs of a codec server. Source: https://docs.temporal.io/codec-server */
export async function decodePayloads(encryptionKeys: string, body: JsonPayloads): Promise<JsonPayloads> {
  return toJson(await new EncryptionCodec(encryptionKeys).decode(fromJson(body)));
}

export async function encodePayloads(encryptionKeys: string, body: JsonPayloads): Promise<JsonPayloads> {
  return toJson(await new EncryptionCodec(encryptionKeys).encode(fromJson(body)));
}

function fromJson(body: JsonPayloads): Payload[] {
  return body.payloads.map((payload) => ({
    metadata: Object.fromEntries(Object.entries(payload.metadata ?? {}).map(([name, value]) => [name, Buffer.from(value, "base64")])),
    data: Buffer.from(payload.data ?? "", "base64"),
  }));
}

function toJson(payloads: Payload[]): JsonPayloads {
  return {
    payloads: payloads.map((payload) => ({
      metadata: Object.fromEntries(Object.entries(payload.metadata ?? {}).map(([name, value]) => [name, Buffer.from(value).toString("base64")])),
      data: Buffer.from(payload.data ?? new Uint8Array()).toString("base64"),
    })),
  };
}
