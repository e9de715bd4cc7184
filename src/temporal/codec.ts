import { fileURLToPath } from "node:url";
import { METADATA_ENCODING_KEY, type DataConverter, type Payload, type PayloadCodec } from "@temporalio/common";
import proto from "@temporalio/proto";
import { seal, unseal } from "../security/key-ring.ts";

const PayloadMessage = proto.temporal.api.common.v1.Payload;
const encoding = "binary/encrypted";
const keyIdField = "encryption-key-id";
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/**
 * Encrypts every payload that goes to Temporal (arguments, results, signals, memos, failure details, summaries) with
 * AES-256-GCM. The key's id travels in the metadata, so that old histories stay readable after a rotation; a payload
 * under an unknown key, or in clear, is handed back unchanged: the reader then says what is wrong.
 */
export class EncryptionCodec implements PayloadCodec {
  private readonly keys: Map<string, Buffer>;
  private readonly currentId: string;

  /** `keys` in the format of ENCRYPTION_KEYS; the first is current. */
  constructor(keys: string) {
    this.keys = new Map(
      keys.split(",").map((part) => {
        const cut = part.indexOf(":");
        return [part.slice(0, cut).trim(), Buffer.from(part.slice(cut + 1), "base64")] as const;
      }),
    );
    const first = this.keys.keys().next().value;
    if (first === undefined) throw new Error("the codec needs a key");
    this.currentId = first;
  }

  async encode(payloads: Payload[]): Promise<Payload[]> {
    return payloads.map((payload) => {
      const key = this.keys.get(this.currentId) as Buffer;
      const plain = PayloadMessage.encode(payload).finish();
      return {
        metadata: { [METADATA_ENCODING_KEY]: encoder.encode(encoding), [keyIdField]: encoder.encode(this.currentId) },
        data: new Uint8Array(seal(key, Buffer.from(plain), Buffer.from(`temporal|${this.currentId}`))),
      };
    });
  }

  async decode(payloads: Payload[]): Promise<Payload[]> {
    return payloads.map((payload) => {
      const metadata = payload.metadata ?? {};
      if (decoder.decode(metadata[METADATA_ENCODING_KEY] ?? new Uint8Array()) !== encoding) return payload;
      const keyId = decoder.decode(metadata[keyIdField] ?? new Uint8Array());
      const key = this.keys.get(keyId);
      if (key === undefined || payload.data == null) return payload;
      const plain = unseal(key, Buffer.from(payload.data), Buffer.from(`temporal|${keyId}`));
      return PayloadMessage.decode(plain);
    });
  }
}

export const failureConverterPath = fileURLToPath(new URL("./failure-converter.ts", import.meta.url));

/** What client, worker and replay share: JSON payloads, encrypted, failure messages and stack traces included. */
export function createDataConverter(encryptionKeys: string): DataConverter {
  return {
    failureConverterPath,
    payloadCodecs: [new EncryptionCodec(encryptionKeys)],
  };
}
