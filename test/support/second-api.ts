import { request as httpRequest } from "node:http";
import { buildApp } from "../../api/app.ts";
import type { Platform } from "../../src/context.ts";
import { createLimits } from "../../src/limits/limits.ts";
import { anyFreePort } from "../../src/local/ports.ts";
import { createPlatform } from "../../src/platform.ts";
import type { TestPlatform } from "./platform.ts";

export interface SecondApi {
  url: string;
  platform: Platform;
  stop(): Promise<void>;
}

/** Another API process's worth of everything, on the same database: connections, limiters and caches of its own. */
export async function startSecondApi(first: TestPlatform, change: Partial<Platform["config"]> = {}): Promise<SecondApi> {
  const port = await anyFreePort();
  const platform = createPlatform({ ...first.platform.config, port, ...change }, { process: "test" });
  const app = await buildApp(platform);
  await app.listen({ host: "127.0.0.1", port });
  return {
    url: `http://127.0.0.1:${port}`,
    platform,
    stop: async () => {
      await app.close();
      await platform.close();
    },
  };
}

/** New limits, whose buckets stand still: what is granted is what they hold. */
export function freezeLimits(platform: Platform, config: Partial<Platform["config"]> = {}): void {
  const at = new Date();
  platform.limits = createLimits({ config: { ...platform.config, ...config }, pool: platform.db.hot.accept, logger: platform.logger, now: () => at });
}

export interface RawAnswer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: string;
}

/** A request from another address of this machine. */
export function requestFrom(localAddress: string, url: string, options: { method?: string; headers?: Record<string, string>; body?: string } = {}): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(url, { method: options.method ?? "GET", headers: options.headers ?? {}, localAddress, agent: false }, (answer) => {
      let body = "";
      answer.setEncoding("utf8").on("data", (text: string) => (body += text)).on("end", () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body }));
    });
    request.on("error", reject);
    request.end(options.body);
  });
}
