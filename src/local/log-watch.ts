import { closeSync, existsSync, fstatSync, openSync, readSync, renameSync, statSync } from "node:fs";
import { basename } from "node:path";

const maxChunk = 256 * 1024;
const maxLinesPerRound = 3;

function readFrom(path: string, offset: number): { text: string; size: number } {
  const file = openSync(path, "r");
  try {
    const { size } = fstatSync(file);
    const from = Math.max(offset > size ? 0 : offset, size - maxChunk);
    const buffer = Buffer.alloc(size - from);
    readSync(file, buffer, 0, buffer.length, from);
    return { text: buffer.toString(), size };
  } finally {
    closeSync(file);
  }
}

/** A log line in plain words: a JSON line's message and error, or the line itself. */
function plain(line: string): { level: number; text: string } {
  try {
    const entry = JSON.parse(line) as { level?: number; msg?: string; err?: { message?: string } };
    const text = [entry.msg, entry.err?.message].filter(Boolean).join(": ");
    return { level: Number(entry.level ?? 30), text: text || line };
  } catch {
    return { level: 0, text: line };
  }
}

function shorten(text: string): string {
  const oneLine = text.replace(/\s+/g, " ").trim();
  return oneLine.length > 240 ? `${oneLine.slice(0, 239)}…` : oneLine;
}

/** The line that most likely tells why a process ended: its last error, else its last line. */
export function lastLine(path: string): string | undefined {
  if (!existsSync(path)) return undefined;
  const { text } = readFrom(path, Math.max(0, statSync(path).size - 8192));
  const lines = text.split("\n").filter((line) => line.trim() !== "").slice(-30).map(plain);
  // Node prints an uncaught error, its stack, and at the very end its version.
  const telling = lines.findLast((line) => line.level >= 50 || /^(\w*Error|FATAL|Error)\b.*:/.test(line.text));
  const line = telling ?? lines.findLast((candidate) => !candidate.text.startsWith("Node.js v"));
  return line === undefined ? undefined : shorten(line.text);
}

/** Follows a JSON log and says its warnings and errors, a few at a time: the file has them all. */
export function watchLog(path: string, say: (line: string) => void, everyMs = 1_000): () => void {
  const name = basename(path, ".log");
  let offset = existsSync(path) ? statSync(path).size : 0;
  let rest = "";
  const look = (): void => {
    if (!existsSync(path) || statSync(path).size === offset) return;
    const { text, size } = readFrom(path, offset);
    offset = size;
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    const warnings = lines.map(plain).filter((line) => line.level >= 40);
    for (const warning of warnings.slice(0, maxLinesPerRound)) say(`${name}: ${shorten(warning.text)}`);
    if (warnings.length > maxLinesPerRound) say(`${name}: ${warnings.length - maxLinesPerRound} more warnings in ${path}`);
  };
  const timer = setInterval(look, everyMs);
  timer.unref();
  return () => clearInterval(timer);
}

/** Keeps a log from growing over the years: a large one is set aside when its process starts. */
export function rotateLog(path: string, maxBytes = 20 * 1024 * 1024): void {
  if (existsSync(path) && statSync(path).size > maxBytes) renameSync(path, `${path}.old`);
}
