import { setTimeout as sleep } from "node:timers/promises";

/** The few calls that the demo needs, with errors in the API's own words. */
export class ApiClient {
  private readonly baseUrl: string;
  private readonly key: string;

  constructor(baseUrl: string, key: string) {
    this.baseUrl = baseUrl;
    this.key = key;
  }

  get<T>(path: string): Promise<T> {
    return this.send<T>("GET", path);
  }

  post<T>(path: string, body: unknown): Promise<T> {
    return this.send<T>("POST", path, body);
  }

  async until<T>(path: string, good: (value: T) => boolean, limitMs = 60_000): Promise<T> {
    for (const endAt = Date.now() + limitMs; ; await sleep(200)) {
      const value = await this.get<T>(path);
      if (good(value) || Date.now() > endAt) return value;
    }
  }

  private async send<T>(method: string, path: string, body?: unknown): Promise<T> {
    const answer = await fetch(`${this.baseUrl}${path}`, {
      method,
      headers: { authorization: `Bearer ${this.key}`, ...(body === undefined ? {} : { "content-type": "application/json" }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path} answered ${answer.status}: ${text.slice(0, 500)}`);
    return JSON.parse(text) as T;
  }
}
