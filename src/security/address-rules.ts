import ipaddr from "ipaddr.js";

/** Which addresses a user-given URL may reach. Private ones are allowed only where the operator lists them as CIDRs. */
export interface AddressRules {
  allows(address: string): boolean;
}

type Cidr = [ipaddr.IPv4 | ipaddr.IPv6, number];

/**
 * What ipaddr.js calls unicast, or may in another version, although it is not public, or leads to an address that is not
 * (an IPv4 address inside an IPv6 one). https://www.iana.org/assignments/iana-ipv6-special-registry
 */
const denied = [
  "192.0.0.0/24", "192.88.99.0/24", "198.18.0.0/15",
  // Metadata and host services of Alibaba, Azure and Oracle: their addresses look public.
  "100.100.100.200/32", "168.63.129.16/32", "192.0.0.192/32",
  // Teredo, benchmarking, ORCHID (both), documentation, 6to4.
  "2001::/32", "2001:2::/48", "2001:10::/28", "2001:20::/28", "2001:db8::/32", "3fff::/20", "2002::/16",
].map((cidr): Cidr => ipaddr.parseCIDR(cidr));

// All that IANA has given out as global unicast. Outside it lie ::/96, NAT64 (64:ff9b::/96 and 64:ff9b:1::/48), 100::/64,
// 5f00::/16, unique local, link-local, the old site-local fec0::/10 and multicast.
const globalUnicast6: Cidr = ipaddr.parseCIDR("2000::/3");

function inside(address: ipaddr.IPv4 | ipaddr.IPv6, [network, bits]: Cidr): boolean {
  return network.kind() === address.kind() && address.match(network as never, bits);
}

export function createAddressRules(allowedPrivateCidrs: string[]): AddressRules {
  const allowed = allowedPrivateCidrs.map((cidr): Cidr => ipaddr.parseCIDR(cidr));
  return {
    allows(text) {
      // ipaddr.js reads ::a.b.c.d, which is how resolvers write an address of ::/96, as ::ffff:a.b.c.d.
      if (!ipaddr.isValid(text) || /^::\d+\./.test(text)) return false;
      // ::ffff:a.b.c.d is the IPv4 address that it maps.
      const address = ipaddr.process(text);
      if (allowed.some((cidr) => inside(address, cidr))) return true;
      if (address.range() !== "unicast" || denied.some((cidr) => inside(address, cidr))) return false;
      return address.kind() === "ipv4" || inside(address, globalUnicast6);
    },
  };
}
