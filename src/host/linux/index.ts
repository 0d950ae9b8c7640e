import type { BuildInfo } from "../../shared/build-info.ts";
import type { LocalHostOps } from "../host-ops.ts";
import { type Addon, loadAddon } from "./addon.ts";
import { LinuxAddress } from "./address.ts";
import { LinuxCgroup } from "./cgroup.ts";
import { LinuxClone } from "./clone.ts";
import { LinuxConntrack } from "./conntrack.ts";
import { LinuxDm } from "./dm.ts";
import { LinuxFiles } from "./file.ts";
import { LinuxLink } from "./link.ts";
import { syncLink } from "./link-sysctl.ts";
import { LinuxLoop } from "./loop.ts";
import { LinuxNeighbour } from "./neighbour.ts";
import type { NetfilterSocketLife } from "./netfilter-socket.ts";
import { LinuxNetns } from "./netns.ts";
import { LinuxNft } from "./nft.ts";
import { LinuxProcess } from "./process.ts";
import { LinuxRoute } from "./route.ts";
import { LinuxTap } from "./tap.ts";

/**
 * The host's kernel, by the native addon. `addonPath` names another build of it; by default the package's own is loaded.
 * Throws ERR_HOST_ADDON when it is not there.
 */
export function openLinuxHostOps(addonPath?: string): LocalHostOps {
  const addon = loadAddon(addonPath);
  const process = new LinuxProcess(addon);
  const loop = new LinuxLoop(addon);
  const dm = new LinuxDm(addon);
  const netns = new LinuxNetns(addon, (inside) => networkRooms(inside, "each"));
  const { sync, ...rooms } = networkRooms(addon, "kept");
  return {
    loop,
    dm,
    ...rooms,
    netns,
    clone: new LinuxClone(addon),
    process,
    cgroup: new LinuxCgroup(addon),
    file: new LinuxFiles(addon),
    sync: { ...sync, process: process.sync, netns: netns.sync },
    close: async () => {
      process.close();
      await Promise.all([rooms.nft.close(), rooms.conntrack.close()]);
      dm.close();
      await loop.close();
    },
  };
}

function networkRooms(addon: Addon, life: NetfilterSocketLife) {
  const link = new LinuxLink(addon);
  const address = new LinuxAddress(addon);
  return {
    tap: new LinuxTap(addon, link),
    link,
    address,
    route: new LinuxRoute(addon, address),
    neighbour: new LinuxNeighbour(addon),
    nft: new LinuxNft(addon, life),
    conntrack: new LinuxConntrack(addon, life),
    sync: { link: syncLink(addon) },
  };
}

/** The build tuple of the addon that {@link openLinuxHostOps} would load (DMN-3). Throws as it does. */
export function addonBuildInfo(addonPath?: string): BuildInfo {
  return loadAddon(addonPath).build;
}
