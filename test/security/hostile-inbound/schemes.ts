import { createHmac, sign as signWith } from "node:crypto";

// How each vendor proves who sent a request, written a second time and by other code than ours: what is forged here must
// differ from the genuine in one point, and the genuine must pass.

/** What a proof is made over. */
export interface Signing {
  key: string;
  /** As it is written in the request. */
  time: string;
  body: Buffer;
  /** The address as the vendor calls it. */
  url: string;
  /** Another hash than the vendor's own. */
  hash?: string;
}

/** A request as far as its sender decides; what is undefined is left out. */
export interface Parts {
  proof: string | undefined;
  time: string | undefined;
  body: Buffer;
}

export interface Sent {
  headers: [string, string][];
  body: Buffer;
  /** The last segment of the address. */
  pathSecret?: string;
}

export interface Scheme {
  /** The field of the credentials that holds the key. */
  keyField: string;
  /** How the proof is spelt; `text` is a secret that is repeated as it is. */
  spelling: "hex" | "base64" | "der" | "text";
  hash: "sha256" | "sha1" | "none";
  /** Where the proof stands. */
  place: { header: string } | "body" | "path";
  /** What stands before the proof in its header. */
  prefix: string;
  /** Seconds in ten digits, milliseconds in thirteen, ISO 8601; null: no time is signed. */
  time: "seconds" | "milliseconds" | "iso" | null;
  toleranceSeconds: number;
  /** False: the proof says nothing of the body, which is only a hint. */
  coversBody: boolean;
  prove(signing: Signing): string;
  assemble(parts: Parts): Sent;
}

const mac = (encoding: "hex" | "base64", own: string, signed: (signing: Signing) => (string | Buffer)[]) => (signing: Signing): string => {
  const hmac = createHmac(signing.hash ?? own, signing.key);
  for (const part of signed(signing)) hmac.update(part);
  return hmac.digest(encoding);
};

const json: [string, string] = ["content-type", "application/json"];
const present = (...headers: [string, string | undefined][]): [string, string][] => headers.filter((header): header is [string, string] => header[1] !== undefined);

interface InHeader {
  keyField: string;
  header: string;
  encoding?: "hex" | "base64";
  hash?: "sha256" | "sha1";
  prefix?: string;
  signed?: (signing: Signing) => (string | Buffer)[];
  more?: [string, string][];
}

/** A MAC of the body in a header, and no time. */
function inHeader({ keyField, header, encoding = "hex", hash = "sha256", prefix = "", signed = ({ body }) => [body], more = [json] }: InHeader): Scheme {
  return {
    keyField, spelling: encoding, hash, place: { header }, prefix, time: null, toleranceSeconds: 0, coversBody: true,
    prove: mac(encoding, hash, signed),
    assemble: ({ proof, body }) => ({ headers: [...more, ...present([header, proof === undefined ? undefined : `${prefix}${proof}`])], body }),
  };
}

/** A MAC in a header and the time that it covers in another one. */
function besideTime(more: InHeader & { timeHeader: string; time?: "seconds" | "iso" }): Scheme {
  const plain = inHeader(more);
  return {
    ...plain, time: more.time ?? "seconds", toleranceSeconds: 300,
    assemble: (parts) => {
      const sent = plain.assemble(parts);
      return { ...sent, headers: [...sent.headers, ...present([more.timeHeader, parts.time])] };
    },
  };
}

/** `t=…,v1=…` in one header. */
function stamped(keyField: string, header: string, toleranceSeconds: number): Scheme {
  return {
    ...inHeader({ keyField, header }), prefix: "v1=", time: "seconds", toleranceSeconds,
    prove: mac("hex", "sha256", ({ time, body }) => [`${time}.`, body]),
    assemble: ({ proof, time, body }) => {
      const items = [...(time === undefined ? [] : [`t=${time}`]), ...(proof === undefined ? [] : [`v1=${proof}`])];
      return { headers: [json, ...present([header, items.length === 0 ? undefined : items.join(",")])], body };
    },
  };
}

const versioned = (keyField: string, header: string, timeHeader: string): Scheme =>
  besideTime({ keyField, header, timeHeader, prefix: "v0=", signed: ({ time, body }) => [`v0:${time}:`, body] });

/** A secret that the vendor repeats. */
const repeated = { spelling: "text", hash: "none", prefix: "", time: null, toleranceSeconds: 0, coversBody: false, prove: ({ key }: Signing) => key } as const;

const inPath: Scheme = {
  ...repeated, keyField: "callbackSecret", place: "path",
  assemble: ({ proof, body }) => ({ headers: [json], body, ...(proof === undefined ? {} : { pathSecret: proof }) }),
};

const inBody = { prefix: "", coversBody: false, place: "body" } as const;

/** The object with these fields set, or left out. */
function withFields(body: Buffer, set: (object: Record<string, unknown>) => void): Buffer {
  const object = JSON.parse(body.toString("utf8")) as Record<string, unknown>;
  set(object);
  return Buffer.from(JSON.stringify(object));
}

function formFields(body: Buffer): string {
  const pairs = [...new Set([...new URLSearchParams(body.toString("utf8"))].map((pair) => JSON.stringify(pair)))].map((pair) => JSON.parse(pair) as [string, string]);
  return pairs.toSorted(([a, x], [b, y]) => (a < b || (a === b && x < y) ? -1 : 1)).map((pair) => pair.join("")).join("");
}

export const schemes: Record<string, Scheme> = {
  bamboohr: besideTime({ keyField: "webhookPrivateKey", header: "x-bamboohr-signature", timeHeader: "x-bamboohr-timestamp", signed: ({ time, body }) => [body, time] }),
  calendly: stamped("webhookSigningKey", "calendly-webhook-signature", 180),
  checkr: inHeader({ keyField: "webhookKey", header: "x-checkr-signature" }),
  docusign: inHeader({ keyField: "hmacKey", header: "x-docusign-signature-1", encoding: "base64" }),
  "dropbox-sign": {
    ...inBody, keyField: "apiKey", spelling: "hex", hash: "sha256", time: "seconds", toleranceSeconds: 4 * 86_400,
    prove: mac("hex", "sha256", ({ time, body }) => [time, String((JSON.parse(body.toString("utf8")) as { event: { event_type: string } }).event.event_type)]),
    assemble: ({ proof, time, body }) => ({
      headers: [json],
      body: withFields(body, (object) => Object.assign(object["event"] as object, { event_time: time, event_hash: proof })),
    }),
  },
  google: { ...repeated, keyField: "channelToken", place: { header: "x-goog-channel-token" }, assemble: ({ proof, body }) => ({
    headers: [["x-goog-channel-id", "channel-1"], ["x-goog-resource-state", "exists"], ["x-goog-message-number", "10"], ...present(["x-goog-channel-token", proof])], body,
  }) },
  greenhouse: inHeader({ keyField: "webhookSecret", header: "signature", prefix: "sha256 " }),
  indeed: inHeader({ keyField: "applySecret", header: "x-indeed-signature", encoding: "base64", hash: "sha1" }),
  lever: {
    ...inBody, keyField: "signatureToken", spelling: "hex", hash: "sha256", time: "milliseconds", toleranceSeconds: 86_400,
    prove: mac("hex", "sha256", ({ time, body }) => [(JSON.parse(body.toString("utf8")) as { token: string }).token, time]),
    assemble: ({ proof, time, body }) => ({
      headers: [json],
      body: withFields(body, (object) => Object.assign(object, { triggeredAt: /^\d{13}$/.test(time ?? "") ? Number(time) : time, signature: proof })),
    }),
  },
  linkedin: inHeader({ keyField: "clientSecret", header: "x-li-signature", signed: ({ body }) => ["hmacsha256=", body] }),
  lucca: besideTime({ keyField: "webhookSecret", header: "lucca-signature", timeHeader: "lucca-timestamp", time: "iso", encoding: "base64", signed: ({ time, body }) => [`${time}.`, body] }),
  microsoft: {
    ...repeated, keyField: "clientState", place: "body",
    assemble: ({ proof, body }) => ({ headers: [json], body: withFields(body, (object) => Object.assign((object["value"] as object[])[0] as object, { clientState: proof })) }),
  },
  onfido: inHeader({ keyField: "webhookToken", header: "x-sha2-signature" }),
  papaya: inPath,
  sendgrid: {
    ...besideTime({ keyField: "webhookPublicKey", header: "x-twilio-email-event-webhook-signature", timeHeader: "x-twilio-email-event-webhook-timestamp" }),
    spelling: "der",
    prove: ({ key, time, body, hash = "sha256" }) => signWith(hash, Buffer.concat([Buffer.from(time), body]), key).toString("base64"),
  },
  slack: versioned("signingSecret", "x-slack-signature", "x-slack-request-timestamp"),
  sterling: inPath,
  stripe: stamped("webhookSecret", "stripe-signature", 300),
  sumsub: inHeader({ keyField: "webhookSecret", header: "x-payload-digest", more: [json, ["x-payload-digest-alg", "HMAC_SHA256_HEX"]] }),
  twilio: inHeader({
    keyField: "authToken", header: "x-twilio-signature", encoding: "base64", hash: "sha1",
    signed: ({ url, body }) => [url, formFields(body)], more: [["content-type", "application/x-www-form-urlencoded"]],
  }),
  zoom: versioned("webhookSecretToken", "x-zm-signature", "x-zm-request-timestamp"),
};
