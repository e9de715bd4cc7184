import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import { z } from "zod";
import { type News, type ProviderWebhook, rejected, verified, WebhookSizeError } from "../contract.ts";
import { cleanText, externalIdOf, optional, readFields, readJson, readTime, sha256 } from "../webhook-body.ts";
import type { TwilioCredentials, TwilioSettings } from "./manifest.ts";

const MAX_FIELDS = 1_000;

/** https://www.twilio.com/docs/usage/webhooks/webhooks-security */
export const twilioWebhook: ProviderWebhook<TwilioSettings, TwilioCredentials> = {
  scheme: "X-Twilio-Signature: base64 HMAC-SHA1, with the primary auth token, of the address and the sorted form fields, or of an address whose bodySHA256 is the body's digest; a form is only a hint",
  /** An empty answer: Twilio shall say nothing back. */
  answer: { status: 204 },

  contentTypes: ["application/x-www-form-urlencoded", "application/json", "application/cloudevents+json", "application/cloudevents-batch+json"],

  verify(webhook, { credentials, settings }) {
    const tokens = credentials.map((set) => set.authToken).filter((token) => token.trim() !== "");
    if (tokens.length === 0) return rejected("no_secret");
    const header = webhook.headers["x-twilio-signature"];
    if (header === undefined || header === "") return rejected("signature_missing");
    const received = typeof header === "string" && /^[A-Za-z0-9+/]{27}=$/.test(header) ? Buffer.from(header, "base64") : null;
    if (received === null || received.toString("base64") !== header) return rejected("signature_malformed");

    const digests = digestsOf(webhook.url);
    if (digests.length > 1) return rejected("signature_malformed");
    const [digest] = digests;
    if (digest !== undefined && !isDigestOf(webhook.body, digest)) return rejected("signature_mismatch");
    const fields = digest === undefined ? signedFields(webhook.body) : "";
    const due = tokens.flatMap((token) => addressesOf(calledAddress(webhook.url, settings)).map((address) => createHmac("sha1", token).update(`${address}${fields}`).digest()));
    return due.map((ours) => timingSafeEqual(ours, received)).includes(true) ? verified(webhook) : rejected("signature_mismatch");
  },

  /** Fields are signed decoded and without a mark between name and value: "a=bc" and "ab=c" have one signature. */
  vouchesFor: (webhook) => [digestsOf(webhook.url).length === 0 ? signedFields(webhook.body) : sha256(webhook.body)],

  accountIn: ({ accountSid }) => accountSid || undefined,
  forKnownAnswer: ({ secret }) => ({ credentials: { authToken: secret }, settings: {} }),

  parse(webhook) {
    return digestsOf(webhook.url).length === 0 ? [readForm(webhook.body)] : readEvents(webhook.body);
  },
};

function digestsOf(url: string): string[] {
  return new URL(url).searchParams.getAll("bodySHA256");
}

function isDigestOf(body: Buffer, hex: string): boolean {
  return /^[0-9a-f]{64}$/.test(hex) && timingSafeEqual(createHash("sha256").update(body).digest(), Buffer.from(hex, "hex"));
}

/** What is signed of a form: names in order, each with its distinct values in order. */
function signedFields(body: Buffer): string {
  const values = new Map<string, Set<string>>();
  for (const [name, value] of new URLSearchParams(body.toString("utf8"))) values.set(name, (values.get(name) ?? new Set()).add(value));
  return [...values.keys()].toSorted().flatMap((name) => [...(values.get(name) ?? [])].toSorted().map((value) => `${name}${value}`)).join("");
}

/** The query is the caller's own: a proxy that changes the path hands it on. */
function calledAddress(url: string, settings: TwilioSettings): string {
  const query = url.indexOf("?");
  return settings.calledAddress ? `${settings.calledAddress}${query === -1 ? "" : url.slice(query)}` : url;
}

/** The address as it may have been signed: as it stands, without its port, with the scheme's own, and with "'" spelt out. */
function addressesOf(url: string): string[] {
  const parts = /^(https?):\/\/([^/?#]*@)?(\[[^\]]*\]|[^/?#:]+)(:\d+)?(.*)$/s.exec(url);
  if (parts === null) return [url];
  const [, scheme, user = "", host, , rest] = parts;
  const forms = [url, `${scheme}://${user}${host}${rest}`, `${scheme}://${user}${host}:${scheme === "https" ? 443 : 80}${rest}`];
  return [...new Set([...forms, ...forms.map((form) => form.replaceAll("'", "%27"))])];
}

const formSchema = z.object({
  AccountSid: optional(cleanText(64)),
  MessageSid: optional(cleanText(64)),
  SmsSid: optional(cleanText(64)),
  CallSid: optional(cleanText(64)),
  CallStatus: optional(cleanText(50)),
  MessageStatus: optional(cleanText(50)),
  SmsStatus: optional(cleanText(50)),
});

function readForm(body: Buffer): News {
  const fields = new URLSearchParams(body.toString("utf8"));
  if (fields.size > MAX_FIELDS) throw new WebhookSizeError(`more than ${MAX_FIELDS} fields`);
  const { AccountSid, MessageSid, SmsSid, CallSid, CallStatus, MessageStatus, SmsStatus } = readFields(formSchema, Object.fromEntries([...fields].filter(([, value]) => value !== "")));
  const message = MessageSid ?? SmsSid;
  const about = message !== undefined ? { kind: "message", reference: message } : CallSid !== undefined ? { kind: "call", reference: CallSid } : null;
  // Named by all that is signed, so that cutting the same text into other fields brings no second piece of news.
  return { externalId: sha256(signedFields(body)), type: MessageStatus ?? SmsStatus ?? CallStatus ?? about?.kind ?? "form", occurredAt: null, about, account: AccountSid };
}

/** Event Streams: CloudEvents, one or a list. https://www.twilio.com/docs/events/event-streams */
const eventSchema = z.object({ id: cleanText(200), type: cleanText(300), time: optional(cleanText(100)) });

function readEvents(body: Buffer): News[] {
  const events = readFields(z.array(eventSchema).max(1_000), [readJson(body)].flat());
  return events.map(({ id, type, time }) => ({ externalId: externalIdOf(id), type, occurredAt: readTime(time), about: null }));
}

