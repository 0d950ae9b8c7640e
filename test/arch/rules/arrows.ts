import { parseModule } from "../support/module.ts";
import { type FileMap, matching } from "../support/tree.ts";

/** The interface over the host kernel is a type that all may hold; its implementations are a room of their own. */
const HOST_INTERFACE = "src/host/host-ops.ts";
/** What a call of the daemon takes and returns, as types: services speak it without knowing the transport. */
const RPC_CONTRACT = "src/rpc/contract.ts";

/** Whom each room may import, beside itself, `shared`, `domain` and the host interface. */
const ARROWS: Record<string, readonly string[]> = {
  shared: [],
  domain: [],
  bin: ["cli", "daemon"],
  cli: ["rpc", "config", "workspace"],
  rpc: [],
  lib: ["rpc", "config", "workspace"],
  daemon: [
    "rpc",
    "services",
    "capabilities",
    "vmm",
    "storage",
    "host",
    "guest",
    "forward",
    "images",
    "state",
    "config",
    "doctor",
    "dns",
    "firewall",
  ],
  services: [],
  capabilities: ["firewall"],
  vmm: [],
  storage: [],
  host: [],
  guest: [],
  forward: [],
  images: [],
  state: [],
  config: [],
  doctor: [],
  dns: [],
  firewall: [],
  workspace: [],
};

/** Imports that go against the arrows between rooms (QA-4). */
export function wrongArrows(files: FileMap): string[] {
  const found: string[] = [];
  for (const [name, text] of matching(files, /^src\/.*\.ts$/)) {
    const from = room(name);
    for (const { target, relative, typeOnly } of parseModule(name, text).imports) {
      if (!relative) continue;
      const to = target.startsWith("src/") ? room(target) : "outside src";
      if (!allowed(from, to, target, typeOnly)) found.push(`${name} (${from}) imports ${target} (${to})`);
    }
  }
  return found;
}

function room(name: string): string {
  return name.split("/")[1] ?? "";
}

function allowed(from: string, to: string, target: string, typeOnly: boolean): boolean {
  const arrows = ARROWS[from];
  if (arrows === undefined) return false;
  if (from === to || to === "shared" || arrows.includes(to)) return true;
  if (to === "domain") return from !== "shared" || typeOnly;
  if (target === HOST_INTERFACE) return typeOnly;
  return from === "services" && target === RPC_CONTRACT && typeOnly;
}

/** Siblings inside `host`, drivers of one interface, and capabilities do not know each other; what VMMs share is in `vmm/shared`. */
export function wrongSiblings(files: FileMap): string[] {
  const found = matching(files, /^src\/capabilities\/[^/]+\.ts$/).flatMap(([name, text]) =>
    parseModule(name, text)
      .imports.filter(({ target }) => /^src\/capabilities\/[^/]+\.ts$/.test(target))
      .map(({ target }) => `${name} imports its sibling ${target}`),
  );
  for (const [name, text] of matching(files, /^src\/(host|vmm)\/[^/]+\/.*\.ts$/)) {
    const home = name.split("/").slice(0, 3).join("/");
    const parent = name.split("/").slice(0, 2).join("/");
    for (const { target } of parseModule(name, text).imports) {
      const sibling = target.startsWith(`${parent}/`) && target.split("/").length > 3;
      if (sibling && !target.startsWith(`${home}/`) && !target.startsWith(`${parent}/shared/`))
        found.push(`${name} imports its sibling ${target}`);
    }
  }
  return found;
}
