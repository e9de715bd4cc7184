import type { Platform } from "../context.ts";
import { sendCommandSoon } from "../temporal/outbox.ts";

/** After the commit of the transaction that wrote them. Never throws, as `sendCommandSoon`. */
export async function sendAll(platform: Platform, commandIds: readonly string[]): Promise<void> {
  await Promise.all(commandIds.map((id) => sendCommandSoon(platform, id)));
}
