/** What tests call the world: the host's address on its uplink, the router there, and behind it a private address and one of the internet. */
export const HOST = "192.168.7.2";
export const ROUTER = "192.168.7.1";
export const PRIVATE = "10.77.0.1";
export const PUBLIC = "93.184.216.34";
/** The router's MAC. */
export const ROUTER_MAC = "02:00:00:00:07:01";
