import type { AskedProcess } from "../shared/asked-process.ts";
import type { Published } from "./driving.ts";

interface SinkLog {
  keys: string[];
  at: Float64Array;
  requests: number;
}

export interface Arrivals {
  /** Webhooks of accepted events that the sink has at least once. */
  deliveries: number;
  /** Webhooks of accepted events that never came. */
  lost: number;
  /** Requests beyond the first of each webhook. */
  duplicates: number;
  /** Webhooks that belong to no accepted event. */
  stray: number;
  lastAt: number;
  sentToArrivalMs: number[];
  acceptedToArrivalMs: number[];
}

/** Compares what was accepted, event by event and endpoint by endpoint, with what the sink has. `pathsOf` names where request i has to arrive. */
export async function arrivalsOf(sink: AskedProcess, published: Published, pathsOf: (place: number) => string[]): Promise<Arrivals> {
  const log = await sink.ask<SinkLog>("arrivals");
  const arrivedAt = new Map(log.keys.map((key, n) => [key, log.at[n] ?? 0]));
  const found: Arrivals = { deliveries: 0, lost: 0, duplicates: log.requests - log.keys.length, stray: 0, lastAt: 0, sentToArrivalMs: [], acceptedToArrivalMs: [] };
  for (const [place, ids] of published.ids.entries()) {
    for (const id of ids.split(" ").filter(Boolean)) {
      for (const path of pathsOf(place)) note(found, published, place, arrivedAt.get(`${path} ${id}`));
    }
  }
  found.stray = log.keys.length - found.deliveries;
  return found;
}

function note(found: Arrivals, published: Published, place: number, at: number | undefined): void {
  if (at === undefined) {
    found.lost += 1;
    return;
  }
  found.deliveries += 1;
  found.lastAt = Math.max(found.lastAt, at);
  found.sentToArrivalMs.push(at - (published.sentAt[place] ?? 0));
  // A webhook may be there before its publisher has read the answer.
  found.acceptedToArrivalMs.push(Math.max(0, at - (published.acceptedAt[place] ?? 0)));
}

export function answerMs(published: Published): number[] {
  return published.ids.flatMap((ids, place) => (ids === "" ? [] : [(published.acceptedAt[place] ?? 0) - (published.sentAt[place] ?? 0)]));
}
