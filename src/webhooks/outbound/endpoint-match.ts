import { matchesFilter, type Filter } from "./filter.ts";

/** What an endpoint asks for, as its row holds it. */
export interface EndpointWishes {
  /** Exact types, `noun.*` or `*`; none means all. */
  eventTypes: readonly string[];
  /** None means all, events without channels too. */
  channels: readonly string[];
  filter: unknown;
}

/** Whether an event goes to an endpoint: its type, its channels and its filter must all agree. */
export function endpointWants(endpoint: EndpointWishes, event: { type: string; channels: readonly string[]; data: unknown }): boolean {
  return wantsType(endpoint.eventTypes, event.type)
    && (endpoint.channels.length === 0 || endpoint.channels.some((channel) => event.channels.includes(channel)))
    && (endpoint.filter === null || endpoint.filter === undefined || matchesFilter(endpoint.filter as Filter, { type: event.type, data: event.data }));
}

function wantsType(wanted: readonly string[], type: string): boolean {
  return wanted.length === 0 || wanted.includes(type) || wanted.includes("*") || wanted.includes(`${type.split(".", 1)[0]}.*`);
}
