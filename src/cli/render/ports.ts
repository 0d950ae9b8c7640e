import type { VmListener, VmPorts, VmPublishedPort } from "../../rpc/contract.ts";
import { sanitize } from "./sanitize.ts";
import type { Style } from "./style.ts";
import { table } from "./table.ts";

const NONE = "--";
/** Of names and command lines; `--json` has all of them. */
const MOST_OF_A_PROCESS = 32;
const MOST_OF_A_COMMAND = 100;

/** A line for each service of the guest, and for each published port where none listens; below it what is wrong. */
export function portsTable(ports: VmPorts, style: Style): string {
  const lines = [...ports.listeners.map((each) => listenerLine(ports, each)), ...lonely(ports)];
  lines.sort((a, b) => a.port - b.port);
  const hasPublished = ports.published.length > 0;
  const cells = (proto: string, endpoint: string, published: string, ...rest: string[]) => [
    proto,
    endpoint,
    ...(hasPublished ? [published] : []),
    ...rest,
  ];
  const header = cells("PROTO", "ENDPOINT", "PUBLISHED", "PROCESS", "COMMAND");
  const rows = lines.map(({ proto, endpoint, published, process, command }) =>
    cells(proto, endpoint, published, process, command),
  );
  return (
    table(
      header.map((title) => style.bold(title)),
      rows,
    ) + notes(ports).join("")
  );
}

interface Line {
  readonly port: number;
  readonly proto: string;
  readonly endpoint: string;
  readonly published: string;
  readonly process: string;
  readonly command: string;
}

function listenerLine(ports: VmPorts, listener: VmListener): Line {
  const { protocol, transport, port, guestOnly, endpoint, process, command } = listener;
  const leadHere = (each: VmPublishedPort) =>
    !guestOnly && each.protocol === transport && each.guestPort === port;
  return {
    port,
    proto: sanitize(protocol),
    endpoint: `${sanitize(endpoint)}${guestOnly ? " (in the guest only)" : ""}`,
    published: list(ports.published.filter(leadHere)),
    process: process === null ? NONE : short(sanitize(process), MOST_OF_A_PROCESS),
    command: command === null ? "" : short(sanitize(command), MOST_OF_A_COMMAND),
  };
}

/** Published ports at whose other end nobody listens, or the VM does not run. */
function lonely({ name, listeners, published }: VmPorts): Line[] {
  return published
    .filter(
      ({ protocol, guestPort }) =>
        !listeners.some((each) => !each.guestOnly && each.transport === protocol && each.port === guestPort),
    )
    .map((port) => ({
      port: port.guestPort,
      proto: sanitize(port.protocol),
      endpoint: `${sanitize(name)}.vm:${port.guestPort}`,
      published: list([port]),
      process: NONE,
      command: "",
    }));
}

function list(published: readonly VmPublishedPort[]): string {
  if (published.length === 0) return NONE;
  return published
    .map(({ hostAddress, hostPort, endpoint }) =>
      hostPort === 0 ? `${sanitize(hostAddress)}: a free port` : sanitize(endpoint),
    )
    .join(", ");
}

function notes({ name, published, truncated }: VmPorts): string[] {
  const wrong = published.flatMap(({ endpoint, problem }) =>
    problem === null ? [] : [`${sanitize(endpoint)}: ${sanitize(problem)}\n`],
  );
  return truncated ? [...wrong, `${sanitize(name)} has more listeners than its agent can tell\n`] : wrong;
}

function short(text: string, most: number): string {
  const characters = [...text];
  return characters.length <= most ? text : `${characters.slice(0, most - 1).join("")}…`;
}
