import { lookup as dnsLookup } from "node:dns";
import { isIP } from "node:net";
import { Agent, buildConnector, type Dispatcher } from "undici";
import type { AddressRules } from "./address-rules.ts";

/** The connection was refused before it was made: the URL's host is, or resolves to, an address that is not public. */
export class EgressBlockedError extends Error {
  override readonly name = "EgressBlockedError";
  readonly code = "EGRESS_BLOCKED";
}

/** What sends requests to URLs that users gave us; nothing else may. */
export type GuardedDispatcher = Dispatcher;

/**
 * An undici dispatcher for URLs that users gave us. The check sits in the connector, on the address that is about to be
 * connected to: undici does not call `lookup` for IP literals, so a guard in `lookup` alone would miss them, and a check
 * before the request would be open to DNS rebinding. Every address that a name resolves to must be allowed.
 * Redirects are never followed: undici's `request` does not.
 */
export function createGuardedDispatcher(rules: AddressRules, options: { connectTimeoutMs: number; connectionsPerOrigin: number }): GuardedDispatcher {
  const connect = buildConnector({
    timeout: options.connectTimeoutMs,
    lookup: (hostname, lookupOptions, callback) => {
      dnsLookup(hostname, { ...lookupOptions, all: true }, (error, addresses) => {
        if (error !== null) return callback(error, "", 0);
        if (addresses.length === 0 || !addresses.every(({ address }) => rules.allows(address))) {
          return callback(new EgressBlockedError(`${hostname} does not resolve to public addresses only`), "", 0);
        }
        const [first] = addresses;
        // Node asks for all addresses when it may try them in turn.
        if (lookupOptions.all) return callback(null, addresses as never, 0);
        return callback(null, first?.address ?? "", first?.family ?? 0);
      });
    },
  });
  return new Agent({
    connections: options.connectionsPerOrigin,
    pipelining: 1,
    keepAliveTimeout: 10_000,
    maxResponseSize: -1,
    connect: (target, callback) => {
      const host = (target.hostname ?? "").replace(/^\[|\]$/g, "");
      if (isIP(host) !== 0 && !rules.allows(host)) {
        callback(new EgressBlockedError(`${host} is not a public address`), null);
        return;
      }
      connect(target, callback);
    },
  });
}
