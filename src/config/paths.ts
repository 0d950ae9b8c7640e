import path from "node:path";
import type { VmPaths } from "../domain/vm.ts";
import { BangerError } from "../shared/errors.ts";

/** Where everything of one user's banger is (CFG-4). All absolute. */
export interface Dirs {
  readonly config: string;
  /** `<config>/config.toml` */
  readonly configFile: string;
  readonly state: string;
  readonly stateFile: string;
  readonly vms: string;
  readonly images: string;
  readonly kernels: string;
  readonly ssh: string;
  readonly logs: string;
  /** `<state>/logs/daemon.log` */
  readonly daemonLog: string;
  readonly hostFile: string;
  readonly cache: string;
  /** `/run/banger/<uid>`: sockets and what is true only until the next boot. */
  readonly runtime: string;
  readonly socket: string;
}

export interface DirsInput {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  readonly uid: number;
}

/**
 * The directories by XDG, and the runtime directory under `/run` (a login's own vanishes at logout while VMs run on).
 * `BANGER_RUNTIME_DIR` moves the runtime directory, for tests and for several daemons side by side. Throws ERR_BAD_DIRECTORY
 * for a relative path in the environment.
 */
export function bangerDirs({ env, home, uid }: DirsInput): Dirs {
  const under = (variable: string, fallback: string) =>
    path.join(absolute(variable, env[variable]) ?? path.join(home, fallback), "banger");
  const config = under("XDG_CONFIG_HOME", ".config");
  const state = under("XDG_STATE_HOME", ".local/state");
  const runtime = absolute("BANGER_RUNTIME_DIR", env.BANGER_RUNTIME_DIR) ?? `/run/banger/${uid}`;
  return {
    config,
    configFile: path.join(config, "config.toml"),
    state,
    stateFile: path.join(state, "state.db"),
    vms: path.join(state, "vms"),
    images: path.join(state, "images"),
    kernels: path.join(state, "kernels"),
    ssh: path.join(state, "ssh"),
    logs: path.join(state, "logs"),
    daemonLog: path.join(state, "logs", "daemon.log"),
    hostFile: path.join(state, "host.json"),
    cache: under("XDG_CACHE_HOME", ".cache"),
    runtime,
    socket: path.join(runtime, "bangerd.sock"),
  };
}

function absolute(variable: string, value: string | undefined): string | undefined {
  if (value === undefined || value === "") return undefined;
  if (path.isAbsolute(value)) return path.normalize(value).replace(/(?<=.)\/$/, "");
  throw new BangerError("ERR_BAD_DIRECTORY", `${variable} is "${value}", which is not an absolute path`, {
    next: `set ${variable} to an absolute path or unset it`,
  });
}

/** Where the files of one VM are. */
export function vmPaths(dirs: Pick<Dirs, "vms" | "runtime">, id: string): VmPaths {
  const directory = path.join(dirs.vms, id);
  return {
    directory,
    rootDisk: path.join(directory, "root.img"),
    workDisk: path.join(directory, "work.img"),
    configDisk: path.join(directory, "config.tar"),
    handles: path.join(directory, "handles.json"),
    hostKey: path.join(directory, "ssh_host_ed25519_key"),
    consoleLog: path.join(directory, "console.log"),
    vmmLog: path.join(directory, "vmm.log"),
    runtime: path.join(dirs.runtime, "vms", id),
  };
}

/** `~` and absolute paths only, normalised (CFG-5). Null when it is neither (`~user/...`, relative, empty). */
export function expandHome(text: string, home: string): string | null {
  if (text === "~") return path.normalize(home);
  if (text.startsWith("~/")) return path.join(home, text.slice(2));
  return path.isAbsolute(text) ? path.normalize(text) : null;
}
