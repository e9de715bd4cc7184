import { createHash } from "node:crypto";
import { z } from "zod";
import type { HttpTransport } from "../../lib/http.ts";
import type { ProviderContext } from "../contract.ts";
import { callProvider } from "../provider-http.ts";
import type { SterlingCredentials, SterlingSettings } from "./manifest.ts";

type Context = Pick<ProviderContext<SterlingSettings, SterlingCredentials>, "baseUrl" | "credentials" | "http" | "clock">;

interface Held {
  token: Promise<string>;
  /** Null while it is being fetched: whoever comes meanwhile waits for the same one. */
  freshUntilMs: number | null;
}

export interface TokenSource {
  get(): Promise<string>;
  /** Sterling took this token no longer; the next call fetches another. */
  drop(token: string): Promise<void>;
}

const MAX_HELD = 1_000;
const MARGIN_MS = 60_000;

/**
 * An integration is opened anew for each step of a process, so tokens outlive the connection: they are kept with the process's
 * way out, and go with it. By the credentials' hash, never by an id: other credentials are another token.
 */
const heldBy = new WeakMap<HttpTransport, Map<string, Held>>();

/** The answer gives expires_in as text. https://apidocs.sterlingcheck.app (Authentication) */
const tokenSchema = z.object({ access_token: z.string().regex(/^[\x21-\x7e]{1,8000}$/), expires_in: z.coerce.number().positive() });

export function tokenSource(context: Context): TokenSource {
  const { baseUrl, credentials, clock } = context;
  const held = heldBy.get(context.http) ?? new Map<string, Held>();
  heldBy.set(context.http, held);
  const key = createHash("sha256").update(JSON.stringify([baseUrl, credentials.clientId, credentials.clientSecret])).digest("hex");

  function fetchToken(): Held {
    const entry: Held = { freshUntilMs: null, token: Promise.resolve("") };
    entry.token = requestToken(context).then(
      ({ access_token: token, expires_in: seconds }) => {
        const lifeMs = seconds * 1000;
        entry.freshUntilMs = clock.now().getTime() + Math.max(lifeMs - MARGIN_MS, lifeMs / 2);
        return token;
      },
      (error: unknown) => {
        if (held.get(key) === entry) held.delete(key);
        throw error;
      },
    );
    const oldest = held.keys().next();
    if (held.size >= MAX_HELD && !oldest.done) held.delete(oldest.value);
    held.set(key, entry);
    return entry;
  }

  return {
    get() {
      const present = held.get(key);
      const usable = present !== undefined && (present.freshUntilMs === null || present.freshUntilMs > clock.now().getTime());
      return (usable ? present : fetchToken()).token;
    },
    async drop(token) {
      const present = held.get(key);
      // Another caller may have fetched a new one already, or be at it.
      if (present !== undefined && present.freshUntilMs !== null && (await present.token) === token && held.get(key) === present) held.delete(key);
    },
  };
}

function requestToken({ baseUrl, credentials, http }: Context): Promise<z.output<typeof tokenSchema>> {
  const basic = Buffer.from(`${credentials.clientId}:${credentials.clientSecret}`, "utf8").toString("base64");
  return callProvider({
    provider: { slug: "sterling", name: "Sterling" },
    call: "asking for an access token",
    http,
    request: {
      method: "POST",
      url: `${baseUrl}/oauth`,
      headers: { accept: "application/json", authorization: `Basic ${basic}`, "content-type": "application/x-www-form-urlencoded" },
      body: "grant_type=client_credentials",
    },
    schema: tokenSchema,
  });
}
