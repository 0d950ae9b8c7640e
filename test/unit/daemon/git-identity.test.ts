import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { HostGitIdentity } from "../../../src/daemon/git-identity.ts";

let home: string;
let env: NodeJS.ProcessEnv;
beforeEach(() => {
  home = mkdtempSync(path.join(tmpdir(), "bgr-git-"));
  env = { HOME: home, PATH: process.env.PATH };
});
afterEach(() => rmSync(home, { recursive: true }));

const write = (text: string) => writeFileSync(path.join(home, ".gitconfig"), text);

test("it is what git config --global says, and a change is seen (GST-3)", async () => {
  const git = new HostGitIdentity(env);
  expect(await git.load()).toEqual({ name: null, email: null });
  write('[user]\n\tname = "Ada \\"L\\""\n');
  expect(await git.load()).toEqual({ name: 'Ada "L"', email: null });
  write("[user]\n\tname = Ada\n\temail = ada@example.org\n");
  expect(await git.load()).toEqual({ name: "Ada", email: "ada@example.org" });
});

test("the XDG file counts too", async () => {
  const config = path.join(home, "xdg");
  mkdirSync(path.join(config, "git"), { recursive: true });
  writeFileSync(path.join(config, "git/config"), "[user]\n\tname = Grace\n");
  expect((await new HostGitIdentity({ ...env, XDG_CONFIG_HOME: config }).load()).name).toBe("Grace");
});

test("git is not asked again while its files are the same", async () => {
  write("[user]\n\tname = Ada\n");
  const git = new HostGitIdentity(env);
  const first = await git.load();
  // What cannot be found any more is not looked for.
  env.PATH = "/nonexistent";
  expect(await git.load()).toBe(first);
});

test("no git, or a file that it cannot read, is no identity and no error", async () => {
  write("[user\n");
  expect(await new HostGitIdentity(env).load()).toEqual({ name: null, email: null });
  write("[user]\n\tname = Ada\n");
  const without = new HostGitIdentity({ ...env, PATH: "/nonexistent" });
  expect(await without.load()).toEqual({ name: null, email: null });
});
