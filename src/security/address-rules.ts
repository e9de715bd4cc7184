import ipaddr from "ipaddr.js";

/**
 * Which addresses a user-given URL may reach. Only global unicast counts as public; what ipaddr.js calls unicast although
 * it is not public (IPv4-compatible ::/96, cloud metadata on public-looking addresses) is denied by name.
 */
export interface AddressRules {
  allows(address: string): boolean;
}

const deniedCidrs = ["::/96", "168.63.129.16/32", "100.100.100.200/32", "192.0.0.192/32", "fd00:ec2::254/128"].map((cidr) => ipaddr.parseCIDR(cidr));

function matches(address: ipaddr.IPv4 | ipaddr.IPv6, cidrs: [ipaddr.IPv4 | ipaddr.IPv6, number][]): boolean {
  return cidrs.some(([network, bits]) => network.kind() === address.kind() && address.match(network as never, bits));
}

export function createAddressRules(allowedPrivateCidrs: string[]): AddressRules {
  const allowed = allowedPrivateCidrs.map((cidr) => ipaddr.parseCIDR(cidr));
  return {
    allows(text) {
      if (!ipaddr.isValid(text)) return false;
      const raw = ipaddr.parse(text);
      // ::ffff:a.b.c.d is the IPv4 address that it maps.
      const address = raw.kind() === "ipv6" && (raw as ipaddr.IPv6).isIPv4MappedAddress() ? (raw as ipaddr.IPv6).toIPv4Address() : raw;
      if (matches(address, allowed)) return true;
      return address.range() === "unicast" && !matches(address, deniedCidrs);
    },
  };
}
