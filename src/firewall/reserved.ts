/**
 * What is not the internet: special-purpose IPv4 ranges that are not globally reachable
 * (https://www.iana.org/assignments/iana-ipv4-special-registry, RFC 6890), and multicast (RFC 5771).
 */
export const RESERVED_RANGES = [
  "0.0.0.0/8", // this network
  "10.0.0.0/8", // private, RFC 1918
  "100.64.0.0/10", // shared by carriers, RFC 6598
  "127.0.0.0/8", // loopback
  "169.254.0.0/16", // link-local, where clouds have their metadata
  "172.16.0.0/12", // private
  "192.0.0.0/24", // protocol assignments
  "192.0.2.0/24", // documentation
  "192.88.99.0/24", // relays of 6to4, deprecated
  "192.168.0.0/16", // private
  "198.18.0.0/15", // benchmarks
  "198.51.100.0/24", // documentation
  "203.0.113.0/24", // documentation
  "224.0.0.0/4", // multicast
  "240.0.0.0/4", // reserved, and broadcast
] as const;
