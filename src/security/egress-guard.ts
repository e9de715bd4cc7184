import { lookup as dnsLookup, type LookupAddress, type LookupOptions } from "node:dns";
import { isIP, type Socket } from "node:net";
import { Agent, buildConnector, type Dispatcher } from "undici";
import type { AddressRules } from "./address-rules.ts";
import { isPortAllowed } from "./webhook-url.ts";

/** The connection was refused before it was made: the URL's host is, or resolves to, an address that is not public. */
export class EgressBlockedError extends Error {
  override readonly name = "EgressBlockedError";
  readonly code = "EGRESS_BLOCKED";
}

/** The answer breaks HTTP, or is more of it than anyone needs. */
export class BadAnswerError extends Error {
  override readonly name = "BadAnswerError";
  readonly code = "BAD_ANSWER";
}

/** What sends requests to URLs that users gave us; nothing else may. */
export type GuardedDispatcher = Dispatcher;

/** Asks for every address of a name; dns.lookup is one. */
export type LookupAll = (hostname: string, options: LookupOptions & { all: true }, callback: (error: Error | null, addresses: LookupAddress[]) => void) => void;

export interface GuardOptions {
  connectTimeoutMs: number;
  connectionsPerOrigin: number;
  lookup?: LookupAll;
  lookupTimeoutMs?: number;
}

const maxHeaderBytes = 16 * 1024;
const maxAddressesTried = 8;

/**
 * An undici dispatcher for URLs that users gave us. The check sits in the connector, on the address that is about to be
 * connected to: undici does not call `lookup` for IP literals, so a guard in `lookup` alone would miss them, and a check
 * before the request would be open to DNS rebinding. Every address that a name resolves to must be allowed. A connection
 * that is kept alive stays with the address that was checked. Proxies of the environment are not used: an Agent is direct.
 */
export function createGuardedDispatcher(rules: AddressRules, options: GuardOptions): GuardedDispatcher {
  const connect = buildConnector({
    timeout: options.connectTimeoutMs,
    lookup: guardedLookup(rules, options),
    allowH2: false,
    socketPath: null,
    // Whatever NODE_TLS_REJECT_UNAUTHORIZED says.
    rejectUnauthorized: true,
  });
  return new Agent({
    connections: options.connectionsPerOrigin,
    pipelining: 1,
    keepAliveTimeout: 10_000,
    maxHeaderSize: maxHeaderBytes,
    // The limits on answers are made for HTTP/1.1.
    allowH2: false,
    connect: (target, callback) => {
      const host = target.hostname.replace(/^\[|\]$/g, "");
      if (isIP(host) !== 0 && !rules.allows(host)) return callback(new EgressBlockedError(`${host} is not a public address`), null);
      if (!isPortAllowed(target.port)) return callback(new EgressBlockedError(`port ${target.port} is not allowed`), null);
      connect(target, (...result: [null, Socket] | [Error, null]) => {
        const [, socket] = result;
        // The last word: where the socket really is, before the request is written.
        if (socket?.remoteAddress !== undefined && !rules.allows(socket.remoteAddress)) {
          socket.destroy();
          return callback(new EgressBlockedError(`${host} led to an address that is not public`), null);
        }
        callback(...result);
      });
    },
  });
}

type LookupCallback = (error: NodeJS.ErrnoException | null, address: string | LookupAddress[], family?: number) => void;

/** Answers with checked addresses only; a resolver that does not answer in time is a failure like any other. */
function guardedLookup(rules: AddressRules, options: GuardOptions) {
  const lookup: LookupAll = options.lookup ?? dnsLookup;
  return (hostname: string, lookupOptions: LookupOptions, callback: LookupCallback): void => {
    let settled = false;
    const settle: LookupCallback = (...result) => {
      if (settled) return;
      settled = true;
      clearTimeout(timer);
      callback(...result);
    };
    const timer = setTimeout(() => settle(Object.assign(new Error(`${hostname} was not resolved in time`), { code: "DNS_TIMEOUT" }), ""), options.lookupTimeoutMs ?? 5_000);
    lookup(hostname, { ...lookupOptions, all: true }, (error, addresses) => {
      if (error !== null) return settle(error, "");
      const [first] = addresses;
      if (first === undefined || !addresses.every(({ address }) => rules.allows(address))) {
        return settle(new EgressBlockedError(`${hostname} does not resolve to public addresses only`), "");
      }
      // Node asks for all addresses when it may try them in turn.
      if (lookupOptions.all === true) return settle(null, addresses.slice(0, maxAddressesTried));
      settle(null, first.address, first.family);
    });
  };
}
