import { spawn } from "node:child_process";
import { copyFileSync, mkdirSync } from "node:fs";
import path from "node:path";
import { mustRun } from "../../../e2e/support/run.ts";
import { PORT } from "../../firewall/support/place.ts";
import { buildProbe, Wire } from "../../firewall/support/wire.ts";
import type { DebianRoot } from "./debian.ts";
import type { Docker } from "./firewalls.ts";

/** Docker's port on the host. */
export const PUBLISHED = 8080;
const [IMAGE, NAME] = ["tiny", "banger-beside"];

/** A container with a published port, that waits; every frame that it is sent is seen, and any can be sent as it. */
export class Container {
  readonly address: string;
  readonly mac: string;
  readonly wire: Wire;
  /** Of the host's end of Docker's network. */
  readonly gatewayMac: string;
  readonly #docker: Docker;

  private constructor(docker: Docker, wire: Wire, [address, mac, gatewayMac]: [string, string, string]) {
    this.#docker = docker;
    this.wire = wire;
    this.address = address;
    this.mac = mac;
    this.gatewayMac = gatewayMac;
  }

  static async open(docker: Docker, root: DebianRoot): Promise<Container> {
    await importImage(docker, root);
    await docker.run(
      ...["run", "--detach", "--name", NAME, "--publish", `${PUBLISHED}:${PORT}/udp`, IMAGE],
      ...["/busybox", "sleep", "1000000"],
    );
    const format = "{{.State.Pid}} {{.NetworkSettings.IPAddress}} {{.NetworkSettings.MacAddress}}";
    const text = await docker.run("inspect", "--format", format, NAME);
    const [pid, address, mac] = text.trim().split(" ") as [string, string, string];
    const [bridge] = JSON.parse(await mustRun("ip", ["-j", "link", "show", "docker0"])) as [
      { address: string },
    ];
    const inside = [`--net=/proc/${pid}/ns/net`, buildProbe(path.join(root.path, "tmp")), "eth0"];
    const probe = spawn("nsenter", inside, { stdio: ["pipe", "pipe", "inherit"] });
    const wire = await new Wire("container", probe).ready();
    return new Container(docker, wire, [address, mac, bridge.address]);
  }

  async close(): Promise<void> {
    await this.wire.close();
    await this.#docker.run("rm", "--force", NAME);
  }
}

/** Of one static program. */
async function importImage(docker: Docker, root: DebianRoot): Promise<void> {
  const directory = path.join(root.path, "tmp/image");
  mkdirSync(directory, { recursive: true });
  copyFileSync("/bin/busybox", path.join(directory, "busybox"));
  await mustRun("tar", ["-C", directory, "-cf", `${directory}.tar`, "busybox"]);
  await docker.run("import", "/tmp/image.tar", IMAGE);
}
