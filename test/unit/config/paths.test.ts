import { expect, test } from "vitest";
import { bangerDirs, expandHome, vmPaths } from "../../../src/config/paths.ts";

test("XDG's defaults, and /run for what is true only now", () => {
  const dirs = bangerDirs({ env: {}, home: "/home/me", uid: 1000 });
  expect(dirs).toMatchObject({
    configFile: "/home/me/.config/banger/config.toml",
    stateFile: "/home/me/.local/state/banger/state.db",
    daemonLog: "/home/me/.local/state/banger/logs/daemon.log",
    cache: "/home/me/.cache/banger",
    socket: "/run/banger/1000/bangerd.sock",
  });
  const id = "a".repeat(32);
  expect(vmPaths(dirs, id)).toMatchObject({
    directory: `/home/me/.local/state/banger/vms/${id}`,
    handles: `/home/me/.local/state/banger/vms/${id}/handles.json`,
    runtime: `/run/banger/1000/vms/${id}`,
  });
});

test("the environment moves them; empty is unset", () => {
  const env = {
    XDG_CONFIG_HOME: "/c/",
    XDG_STATE_HOME: "/s/../t",
    XDG_CACHE_HOME: "",
    BANGER_RUNTIME_DIR: "/tmp/r/",
  };
  expect(bangerDirs({ env, home: "/h", uid: 0 })).toMatchObject({
    config: "/c/banger",
    state: "/t/banger",
    cache: "/h/.cache/banger",
    runtime: "/tmp/r",
    socket: "/tmp/r/bangerd.sock",
  });
});

test("a relative directory is refused with the variable's name", () => {
  expect(() => bangerDirs({ env: { XDG_STATE_HOME: "state" }, home: "/h", uid: 0 })).toThrow(
    expect.objectContaining({
      code: "ERR_BAD_DIRECTORY",
      message: expect.stringContaining("XDG_STATE_HOME"),
    }),
  );
});

test.each([
  ["~", "/home/me"],
  ["~/a/../b", "/home/me/b"],
  ["/a//b/./c", "/a/b/c"],
  ["~bob/x", null],
  ["a/b", null],
  ["", null],
])("%s expands to %s", (text, expected) => {
  expect(expandHome(text, "/home/me")).toBe(expected);
});
