import { expect, test } from "vitest";
import { bodyFor, customHeaders } from "./content.ts";

const event = { id: "evt_1", type: "application.created", createdAt: new Date("2026-11-24T09:00:00Z"), dataJson: '{"z":1,"a":2}' };

test("a full body keeps the data as it was stored, a thin one names the event alone", () => {
  expect(bodyFor("full", event)).toBe('{"type":"application.created","timestamp":"2026-11-24T09:00:00.000Z","data":{"z":1,"a":2}}');
  expect(bodyFor("thin", event)).toBe('{"type":"application.created","timestamp":"2026-11-24T09:00:00.000Z","data":{"eventId":"evt_1"}}');
});

test("a secret header replaces the plain one of its name, whatever its case", () => {
  expect(customHeaders({ Authorization: "plain", "x-a": "1" }, { authorization: "secret" })).toEqual({ authorization: "secret", "x-a": "1" });
});
