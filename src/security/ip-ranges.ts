import ipaddr from "ipaddr.js";

/** ipaddr.js also reads 127.1 and 0x7f000001: here an address is one that is written in full. */
function isAddress(text: string): boolean {
  return ipaddr.IPv4.isValidFourPartDecimal(text) || (text.includes(":") && ipaddr.IPv6.isValid(text));
}

/** An address, or a CIDR. */
export function isAddressRange(text: string): boolean {
  const [address = "", bits, ...more] = text.split("/");
  if (more.length > 0 || text.includes("%")) return false;
  if (!isAddress(address)) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (address.includes(":") ? 128 : 32));
}

type Cidr = [ipaddr.IPv4 | ipaddr.IPv6, number];

/** Read once per list: the same one is asked for every request until its row is read again. */
const read = new WeakMap<readonly string[], Cidr[]>();

/** Whether an address lies in one of the ranges. A peer that is an IPv4 address in IPv6's clothes (::ffff:a.b.c.d) is that IPv4 address. */
export function isInside(ip: string, ranges: readonly string[]): boolean {
  if (!isAddress(ip)) return false;
  const address = ipaddr.process(ip);
  let cidrs = read.get(ranges);
  if (cidrs === undefined) read.set(ranges, (cidrs = ranges.map(readRange)));
  return cidrs.some(([network, bits]) => network.kind() === address.kind() && address.match(network as never, bits));
}

function readRange(text: string): Cidr {
  const [address = "", bits] = text.split("/");
  const network = ipaddr.parse(address);
  if (network.kind() === "ipv4") return [network, bits === undefined ? 32 : Number(bits)];
  const wide = bits === undefined ? 128 : Number(bits);
  // ::ffff:192.0.2.0/120 means 192.0.2.0/24.
  return (network as ipaddr.IPv6).isIPv4MappedAddress() && wide >= 96 ? [(network as ipaddr.IPv6).toIPv4Address(), wide - 96] : [network, wide];
}
