import { refused, taken, type HostileCase } from "./case.ts";
import type { Target } from "./target.ts";

// I29–I40: signed times that are none, or too far away. Each is signed as it stands: the text alone is at fault.

const untimed = "it signs no time";
const timed = ({ scheme }: Target): boolean => scheme.time !== null;

/** Signed with this text for a time. */
const written = (...texts: ((target: Target) => string)[]) => (target: Target) =>
  timed(target) ? texts.map((text) => target.request({ time: text(target) })) : untimed;

const seconds = ({ door }: Target): string => String(Math.floor(door.now.getTime() / 1000));

export const timeCases: HostileCase[] = [
  refused("I29", "the time is missing", (target) => (timed(target) ? target.request({}, { time: undefined }) : untimed)),
  refused("I30", "the time is empty", written(() => "")),
  refused("I31", "the time is a word", written(() => "abc", () => "now", () => "NaN", () => "Infinity")),
  refused("I32", "letters follow the time", written((target) => `${target.time()}abc`, (target) => `${target.time()}\u00b2`)),
  refused("I33", "the time has an exponent", written(() => "1e10", () => "1.7e9")),
  refused("I34", "spaces stand around the time", written((target) => ` ${target.time()}`, (target) => `${target.time()} `, (target) => `+${target.time()}`)),
  refused("I35", "the time is negative", written((target) => `-${target.time()}`)),
  refused("I36", "the time is 0", written(() => "0", () => "0000000000")),
  refused("I37", "the time is in another unit", written((target) => (target.scheme.time === "milliseconds" ? seconds(target) : String(target.door.now.getTime())), (target) => (target.scheme.time === "iso" ? seconds(target) : target.door.now.toISOString()))),
  refused("I38", "the time is a fraction", written((target) => (target.scheme.time === "iso" ? target.time().replace("Z", "") : `${target.time()}.5`), (target) => (target.scheme.time === "iso" ? target.time().replace("Z", "+00:00") : `0${target.time()}`))),
  refused("I39", "the time is beyond 2^53", written(() => "9007199254740993", () => "99999999999999999999", (target) => `0x${Math.floor(target.door.now.getTime() / 1000).toString(16)}`)),
  refused("I40", "the time is just out of tolerance, before and after", (target) => {
    const shift = (target.scheme.toleranceSeconds + 1) * 1_000;
    return timed(target) ? [-shift, shift].map((ms) => target.request({ time: target.time(ms) })) : untimed;
  }),
  taken("I40b", "the time is just within tolerance, before and after", (target) => {
    const shift = (target.scheme.toleranceSeconds - 1) * 1_000;
    return timed(target) ? [-shift, shift].map((ms) => target.request({ time: target.time(ms), body: target.body({ within: ms }) })) : untimed;
  }),
];
