import type { Problem } from "../domain/ports.ts";
import { hostPortName, type PublishedPort } from "../domain/published-port.ts";
import { errorCode, errorMessage } from "../shared/errors.ts";
import { type Holder, holderOf } from "./holder.ts";

/** Why a port could not be opened, with what holds it where that can be told. `vm` is the VM of ours that has it. */
export async function refusalOf(port: PublishedPort, error: unknown, vm: string | null): Promise<Problem> {
  const name = hostPortName(port);
  const free = `-p ${port.guestPort}${port.protocol === "udp" ? "/udp" : ""}`;
  switch (errorCode(error)) {
    case "EADDRINUSE":
      return {
        code: "ERR_PORT_TAKEN",
        message: `port ${name} of this host is taken: ${vm === null ? saidOf(await holderOf(port)) : `VM ${vm} publishes it`}`,
        next: `publish another port, or with \`${free}\` a free one${vm === null ? "" : `; or take it from there: \`banger vm set --unpublish ${hostPortName(port)} ${vm}\``}`,
      };
    case "EACCES":
    case "EPERM":
      return {
        code: "ERR_PORT_DENIED",
        message: `port ${name} of this host may not be opened: ports below 1024 are root's`,
        next: `publish a port from 1024 up, or with \`${free}\` a free one`,
      };
    case "EADDRNOTAVAIL":
      return {
        code: "ERR_PORT_ADDRESS",
        message: `${port.hostAddress} is no address of this host`,
        next: "`ip address` lists those that are; 127.0.0.1 is this host alone, 0.0.0.0 all of them",
      };
    default:
      return {
        code: "ERR_PORT_FAILED",
        message: `port ${name} of this host cannot be opened: ${errorMessage(error)}`,
        next: `publish another port, or with \`${free}\` a free one`,
      };
  }
}

function saidOf(holder: Holder | null): string {
  return holder === null ? "another program has it" : `${holder.process} (pid ${holder.pid}) has it`;
}
