import { chmodSync } from "node:fs";
import path from "node:path";
import type { TestRepository } from "./git-repository.ts";

/** Commits, and then what a person has under way: staged, changed, deleted, renamed, modes, links, odd names, untracked, ignored. */
export function workUnderWay(it: TestRepository): void {
  it.git("config", "remote.origin.url", "https://me:secret@example.org/project.git");
  it.git("config", "user.email", "own@example.org");
  it.write(".gitignore", "ignored/\n*.o\n");
  for (const name of ["kept", "changed", "staged", "deleted", "renamed", "mode", "dir/sub/deep"])
    it.write(name);
  it.write("crlf.txt", "one\r\ntwo\r\n");
  it.write("run.sh", "#!/bin/sh\necho ran\n", 0o755);
  it.write("private", "for me", 0o600);
  it.write(Buffer.from("name with spaces \xe9\xff", "latin1"), Buffer.from([0, 1, 2, 255]));
  it.write(`long/${"x".repeat(150)}/${"y".repeat(120)}`);
  it.link("link", "dir/sub/deep");
  it.link("dangling", "/nowhere");
  it.commit("first");
  for (let count = 2; count <= 14; count += 1) {
    it.write("kept", `version ${count}`);
    it.commit(`commit ${count}`);
  }
  it.git("tag", "v1");
  it.write("changed", "changed now");
  it.write("staged", "staged content");
  it.write("new and staged", "new");
  it.git("add", "staged", "new and staged");
  it.remove("deleted");
  it.git("mv", "renamed", "renamed to");
  chmodSync(path.join(it.top, "mode"), 0o755);
  it.write("untracked", "not known");
  it.write("ignored/x", "never");
  it.write("big", Buffer.alloc(3 * 1024 ** 2, "big"));
  it.git("add", "big");
}
