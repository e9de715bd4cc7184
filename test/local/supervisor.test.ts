import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { launch, type Child } from "../../src/local/child.ts";
import { lastLine, watchLog } from "../../src/local/log-watch.ts";
import { isAlive } from "../../src/local/processes.ts";
import { supervise, type Supervised } from "../../src/local/supervisor.ts";
import { until } from "../support/wait.ts";

interface Trial {
  part: Supervised;
  lines: string[];
  logFile: string;
}

/** Supervises a one-line program. */
async function trial(script: string, options: { backOffMs?: { first: number; longest: number }; graceMs?: number } = {}): Promise<Trial> {
  const folder = await mkdtemp(join(tmpdir(), "waystation-supervisor-"));
  const logFile = join(folder, "trial.log");
  const lines: string[] = [];
  const start = async (launched: (child: Child) => void): Promise<void> => {
    launched(await launch({ command: process.execPath, args: ["-e", script], logFile, channel: true, graceMs: options.graceMs ?? 5_000 }));
  };
  const part = supervise(
    { name: "trial", start },
    { say: (line) => lines.push(line), lastWords: () => lastLine(logFile), backOffMs: options.backOffMs ?? { first: 20, longest: 80 } },
  );
  onTestFinished(async () => {
    await part.kill();
    await rm(folder, { recursive: true, force: true });
  });
  await part.start();
  return { part, lines, logFile };
}

const patient = "setInterval(() => {}, 1000)";

test("a killed program is started again, and that is said in one line", async () => {
  const { part, lines } = await trial(patient);
  const first = part.pid ?? 0;
  process.kill(first, "SIGKILL");
  await until("another process", async () => part.pid, (pid) => pid !== undefined && pid !== first);
  expect(lines).toEqual(["trial stopped unexpectedly (signal SIGKILL); starting it again in 0.02 s."]);
  expect(part.crashes).toBe(1);
});

test("a program that keeps failing is started ever more slowly, and its last words are told", async () => {
  const { part, lines } = await trial("throw new RangeError('the cause')");
  await until("four crashes", async () => part.crashes, (crashes) => crashes >= 4);
  await part.stop();
  expect(lines.slice(0, 4).map((line) => /in ([\d.]+) s/.exec(line)?.[1])).toEqual(["0.02", "0.04", "0.08", "0.08"]);
  expect(lines[0]).toContain("exit code 1: RangeError: the cause");
});

test("a stopped program stays stopped", async () => {
  const { part, lines, logFile } = await trial(`process.on('SIGTERM', () => { console.log('bye'); process.exit(0); }); console.log('up'); ${patient}`);
  await until("the program", async () => readFileSync(logFile, "utf8"), (text) => text.includes("up"));
  const pid = part.pid ?? 0;
  await part.stop();
  expect(isAlive(pid)).toBe(false);
  expect(part.pid).toBeUndefined();
  expect(readFileSync(logFile, "utf8")).toContain("bye");
  expect(lines).toEqual([]);
});

test("a program that will not stop is killed after its time", async () => {
  const { part, logFile } = await trial(`process.on('SIGTERM', () => {}); console.log('up'); ${patient}`, { graceMs: 200 });
  await until("the program", async () => readFileSync(logFile, "utf8"), (text) => text.includes("up"));
  const pid = part.pid ?? 0;
  await part.stop();
  expect(isAlive(pid)).toBe(false);
});

test("only warnings and errors of a log are passed on, in plain words", async () => {
  const lines: string[] = [];
  const script = `const at = (level, msg, err) => console.log(JSON.stringify({ level, msg, err }));
    setTimeout(() => { at(30, 'fine'); at(40, 'careful'); at(50, 'broken', { message: 'why' }); console.log('plain text'); }, 100);`;
  const { logFile } = await trial(`${script} ${patient}`);
  onTestFinished(watchLog(logFile, (line) => lines.push(line), 20));
  await until("both lines", async () => lines.length, (count) => count >= 2);
  expect(lines).toEqual(["trial: careful", "trial: broken: why"]);
});
