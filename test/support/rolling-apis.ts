import { setTimeout as sleep } from "node:timers/promises";
import { Pool } from "undici";
import { startPart, type PartProcess } from "./part-process.ts";

interface Member {
  process: PartProcess;
  pool: Pool;
}

export interface Sent {
  status: number;
  text: string;
}

/** Several API processes behind something that spreads requests, as in production: one that is about to stop gets no more of them. */
export class RollingApis {
  private members: Member[] = [];
  private turn = 0;

  static async start(count: number, env: Record<string, string>): Promise<RollingApis> {
    const apis = new RollingApis();
    for (let n = 0; n < count; n += 1) apis.members.push(await member(env));
    return apis;
  }

  async send(method: "GET" | "POST", path: string, options: { headers: Record<string, string>; body?: string }): Promise<Sent> {
    this.turn += 1;
    const { pool } = this.members[this.turn % this.members.length] as Member;
    const answer = await pool.request({ method, path, headers: options.headers, ...(options.body === undefined ? {} : { body: options.body }) });
    return { status: answer.statusCode, text: await answer.body.text() };
  }

  /** One after the other is replaced by one with another environment. */
  async restart(env: Record<string, string>): Promise<void> {
    for (const old of this.members) {
      const fresh = await member(env);
      this.members = this.members.map((one) => (one === old ? fresh : one));
      await retire(old);
    }
  }

  async stop(): Promise<void> {
    await Promise.all(this.members.map(retire));
  }
}

async function member(env: Record<string, string>): Promise<Member> {
  const process = await startPart("api", env);
  return { process, pool: new Pool(process.url, { connections: 20, pipelining: 1 }) };
}

/** What it was given it answers first. */
async function retire({ process, pool }: Member): Promise<void> {
  await pool.close();
  await process.stop();
}

/** Does something so often a second, whatever it takes, until it is told to end. */
export async function steadily(perSecond: number, ended: () => boolean, act: (n: number) => Promise<void>): Promise<void> {
  const began = performance.now();
  const under: Promise<void>[] = [];
  for (let n = 0; !ended(); n += 1) {
    under.push(act(n));
    await sleep(Math.max(0, began + ((n + 1) * 1_000) / perSecond - performance.now()));
  }
  await Promise.all(under);
}
