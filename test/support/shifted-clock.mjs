// Loaded before a process's own code: its clock goes wrong by what a file says, in milliseconds, and again whenever the file changes.
import { readFileSync, watchFile } from "node:fs";

const file = process.env["CLOCK_SHIFT_FILE"];
const TrueDate = Date;
let shiftMs = 0;

class ShiftedDate extends TrueDate {
  constructor(...args) {
    if (args.length === 0) super(TrueDate.now() + shiftMs);
    else super(...args);
  }

  static now() {
    return TrueDate.now() + shiftMs;
  }
}

if (file !== undefined) {
  const read = () => {
    try {
      shiftMs = Number(readFileSync(file, "utf8"));
    } catch {
      shiftMs = 0;
    }
  };
  read();
  watchFile(file, { interval: 100, persistent: false }, read);
  globalThis.Date = ShiftedDate;
}
