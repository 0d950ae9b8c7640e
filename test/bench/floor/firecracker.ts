import type { ChildProcess } from "node:child_process";
import { writeFileSync } from "node:fs";
import { request } from "node:http";
import path from "node:path";
import { FIRST_WORD, type FloorFiles, type FloorMachine, OVERLAY_MODULES } from "./floor.ts";

/** The agent listens there. */
const VSOCK_MODULES = ["vsock.ko", "vmw_vsock_virtio_transport_common.ko", "vmw_vsock_virtio_transport.ko"];

/** What `GET /vm/config` of a running Firecracker says, as far as it names files; the rest is taken as it is. */
interface VmConfig {
  "boot-source": { kernel_image_path: string; initrd_path: string };
  drives: { drive_id: string; path_on_host: string }[];
  "network-interfaces": { host_dev_name: string }[];
  vsock?: { uds_path: string };
  logger?: unknown;
  metrics?: unknown;
}

/** Firecracker by hand, from its own account of a VM of banger's: a configuration file, no API. */
export class FirecrackerFloor implements FloorMachine {
  readonly #model: VmConfig;

  constructor(model: VmConfig) {
    this.#model = model;
  }

  static async of(apiSocket: string): Promise<FirecrackerFloor> {
    const body = await new Promise<string>((resolve, reject) => {
      const asked = request({ socketPath: apiSocket, path: "/vm/config" }, async (reply) => {
        const chunks: Buffer[] = [];
        for await (const chunk of reply) chunks.push(chunk as Buffer);
        resolve(Buffer.concat(chunks).toString());
      });
      asked.once("error", reject).end();
    });
    return new FirecrackerFloor(JSON.parse(body) as VmConfig);
  }

  get lateModules(): readonly string[] {
    const hasUpper = this.#model.drives.some(({ drive_id }) => drive_id === "upper");
    return [...(hasUpper ? OVERLAY_MODULES : []), ...VSOCK_MODULES];
  }

  argv(files: FloorFiles): string[] {
    // Where logs went is the jail's; the floor's go nowhere.
    const { logger: _logger, metrics: _metrics, ...model } = this.#model;
    const config: VmConfig = {
      ...model,
      "boot-source": {
        ...model["boot-source"],
        kernel_image_path: files.kernel,
        initrd_path: files.initramfs,
      },
      drives: model.drives.map((drive) => ({
        ...drive,
        path_on_host: files.disk(`${drive.drive_id}.img`),
      })),
      "network-interfaces": model["network-interfaces"].map((each) => ({
        ...each,
        host_dev_name: files.tap,
      })),
      ...(model.vsock && { vsock: { ...model.vsock, uds_path: path.join(files.directory, "v") } }),
    };
    const file = path.join(files.directory, "config.json");
    // What Firecracker says of itself as null it does not take back as such.
    writeFileSync(
      file,
      JSON.stringify(config, (_, value: unknown) => (value === null ? undefined : value)),
    );
    return ["firecracker", "--no-api", "--config-file", file];
  }

  stale({ directory }: FloorFiles): string[] {
    return [path.join(directory, "v")];
  }

  async firstOutput(vmm: ChildProcess): Promise<void> {
    let text = "";
    for await (const chunk of vmm.stdout ?? []) {
      text += chunk;
      if (text.includes(FIRST_WORD)) return;
    }
    throw new Error(`the floor printed nothing of its own: ${text}`);
  }
}
