/**
 * Who is signed in. The key lives in sessionStorage only: it is gone with the tab, and no other tab or later visit can read it.
 * It is never put into a URL, a log or a message.
 */
const storageName = "waystation.api-key";

export type SignOutReason = "asked" | "rejected";

const listeners = new Set<() => void>();
let lastReason: SignOutReason | null = null;

export function currentKey(): string | null {
  return sessionStorage.getItem(storageName);
}

export function signOutReason(): SignOutReason | null {
  return lastReason;
}

export function signIn(key: string): void {
  lastReason = null;
  sessionStorage.setItem(storageName, key);
  notify();
}

export function signOut(reason: SignOutReason): void {
  if (currentKey() === null) return;
  lastReason = reason;
  sessionStorage.removeItem(storageName);
  notify();
}

export function onSessionChange(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function notify(): void {
  for (const listener of listeners) listener();
}
