import { expect } from "vitest";
import type { RawAnswer } from "../../support/raw-http.ts";
import type { Sent } from "./schemes.ts";
import type { Target } from "./target.ts";

/** One line of the table: what is tried on every provider where it makes sense, and what must come of it. */
export interface HostileCase {
  /** One or several of I01 to I120, and I00 for what is genuine. */
  id: string;
  name: string;
  /** Takes seconds, with other processes or a wait for what is counted: for the long suite. */
  slow?: boolean;
  /** Resolves when all is as it must be; with a reason where there is nothing to try. Rejects otherwise. */
  run(target: Target): Promise<string | void>;
}

export type Made = Sent | { sent: Sent; to?: string; method?: string; query?: string; add?: [string, string][] };

/** A reason is text; requests are what is tried. */
export type Make = (target: Target) => Made | Made[] | string | Promise<Made | Made[] | string>;

const isSent = (made: Made): made is Sent => "headers" in made;

async function sendAll(target: Target, make: Make): Promise<string | { made: Made; answer: RawAnswer }[]> {
  const made = await make(target);
  if (typeof made === "string") return made;
  const answers: { made: Made; answer: RawAnswer }[] = [];
  for (const one of [made].flat()) answers.push({ made: one, answer: await (isSent(one) ? target.send(one) : target.send(one.sent, one)) });
  return answers;
}

/** Nothing of it may be recorded as news, and no refusal may tell more than another one. */
export function refused(id: string, name: string, make: Make, statuses: number[] = [401]): HostileCase {
  return {
    id, name,
    run: async (target) => {
      const before = await target.accepted();
      const answers = await sendAll(target, make);
      if (typeof answers === "string") return answers;
      for (const { answer, made } of answers) {
        expect(statuses, `${target.slug} ${shown(made)}: ${answer.body.slice(0, 300)}`).toContain(answer.status);
        if (answer.status === 401) expectPlainRefusal(answer);
      }
      expect(await target.accepted(), `${target.slug}: rows were accepted`).toBe(before);
      return undefined;
    },
  };
}

/** It must pass: a vendor may send it. */
export function taken(id: string, name: string, make: Make): HostileCase {
  return {
    id, name,
    run: async (target) => {
      const answers = await sendAll(target, make);
      if (typeof answers === "string") return answers;
      for (const { answer, made } of answers) expect(answer.status, `${target.slug} ${shown(made)}: ${answer.body.slice(0, 300)}`).toSatisfy((status: number) => status >= 200 && status < 300);
      return undefined;
    },
  };
}

/** Refused cleanly, or kept for people to see: never an error of ours, and no run hears of it. */
export function survived(id: string, name: string, make: Make): HostileCase {
  return {
    id, name,
    run: async (target) => {
      const answers = await sendAll(target, make);
      if (typeof answers === "string") return answers;
      for (const { answer, made } of answers) expect([200, 202, 204, 400, 401, 413, 415], `${target.slug} ${shown(made)}: ${answer.body.slice(0, 300)}`).toContain(answer.status);
      const { rows } = await target.door.owner.query<{ found: number }>("SELECT count(*)::int AS found FROM inbound_event WHERE workflow_id IS NOT NULL");
      expect(rows[0]?.found, target.slug).toBe(0);
      return undefined;
    },
  };
}

/** The same words and headers, whatever was wrong. */
export function expectPlainRefusal(answer: RawAnswer): void {
  const { requestId, ...body } = JSON.parse(answer.body) as { requestId: string };
  expect(requestId).toBe(answer.headers["x-request-id"]);
  expect(body).toEqual({
    type: "https://waystation.dev/problems/signature-invalid", title: "The webhook's signature was not accepted", status: 401,
    detail: "The webhook's signature is missing or wrong.", code: "signature_invalid",
  });
  expect(answer.headers["content-type"]).toBe("application/problem+json");
}

function shown(made: Made): string {
  const { headers, pathSecret } = isSent(made) ? made : made.sent;
  return JSON.stringify([headers, pathSecret]).slice(0, 400);
}
