import { createHmac } from "node:crypto";

export interface SumsubRequestToSign {
  secretKey: string;
  /** Unix time in whole seconds; Sumsub accepts a minute to either side. */
  timestamp: number;
  method: string;
  /** From "/resources" on, encoded exactly as it is sent. */
  pathWithQuery: string;
  /** The bytes that are sent; absent when there are none. */
  body?: string | Buffer;
}

/** The two headers that go with X-App-Token. https://docs.sumsub.com/reference/authentication */
export function signatureHeaders(request: Omit<SumsubRequestToSign, "timestamp"> & { at: Date }): Record<string, string> {
  const timestamp = Math.floor(request.at.getTime() / 1000);
  return { "x-app-access-ts": String(timestamp), "x-app-access-sig": signRequest({ ...request, timestamp }) };
}

/** X-App-Access-Sig: hex HMAC-SHA256 over time, method, path and body, with nothing between them. */
export function signRequest(request: SumsubRequestToSign): string {
  const hmac = createHmac("sha256", request.secretKey);
  hmac.update(`${request.timestamp}${request.method.toUpperCase()}${request.pathWithQuery}`);
  if (request.body !== undefined) hmac.update(request.body);
  return hmac.digest("hex");
}
