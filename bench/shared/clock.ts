// One clock for all processes of the benchmark: CLOCK_MONOTONIC counts from the machine's start, in every process alike.
const offsetMs = Number(process.hrtime.bigint()) / 1e6 - performance.now();

export function monotonicMs(): number {
  return offsetMs + performance.now();
}
