import { describe, expect, it } from "vitest";
import { changeJson, changesOf, renderChanges } from "../../../../src/cli/render/changes.ts";
import { styleFor } from "../../../../src/cli/render/style.ts";
import type { FileMode, PatchEntry } from "../../../../src/workspace/patch/entry.ts";

const version = (oid: string | null, mode: FileMode = "100644") => (oid === null ? null : { mode, oid });
const entry = (
  path: string,
  before: PatchEntry["before"],
  after: PatchEntry["after"],
  more: object = {},
): PatchEntry => ({
  path,
  before,
  after,
  binary: false,
  added: after === null ? 0 : 2,
  removed: before === null ? 0 : 1,
  start: 0,
  end: 0,
  ...more,
});
const list = (...entries: PatchEntry[]) => renderChanges(changesOf(entries), styleFor(false));

describe("the list of changes", () => {
  it("has a line for each file, in order, and a sum", () => {
    const binary = { binary: true, added: 0, removed: 0 };
    expect(
      list(
        entry("m", version("1"), version("2")),
        entry("new", null, version("3"), binary),
        entry("gone", version("4"), null),
      ),
    ).toBe("D  gone  -1\nM  m  +2 -1\nA  new  binary\n3 files changed, +2 -2 lines\n");
  });

  it("joins a file that is gone and a new one of its content, once", () => {
    expect(
      list(entry("a", version("1"), null), entry("b", null, version("1")), entry("c", null, version("1"))),
    ).toBe("R  a -> b\nA  c  +2\n2 files changed, +2 -0 lines\n");
  });

  it("joins the halves of a change of type, and takes neither for a move", () => {
    const link = version("2", "120000");
    expect(list(entry("a", version("1"), null), entry("a", null, link), entry("b", null, version("1")))).toBe(
      "T  a  +2 -1\nA  b  +2\n2 files changed, +4 -1 lines\n",
    );
  });

  it("takes no empty file for a moved one", () => {
    const empty = { added: 0, removed: 0 };
    expect(list(entry("a", version("e"), null, empty), entry("b", null, version("e"), empty))).toBe(
      "D  a\nA  b\n2 files changed, +0 -0 lines\n",
    );
  });

  it("shows no bytes that a terminal would act on; programs get them all", () => {
    const [change] = changesOf([entry("\u001b[2J\u00ff", null, version("1"))]);
    expect(list(entry("\u001b[2J\u00ff", null, version("1")))).toBe(
      "A  \\x1b[2J\\xff  +2\n1 file changed, +2 -0 lines\n",
    );
    expect(change && changeJson(change)).toMatchObject({
      path: "\\x1b[2J\\xff",
      pathBase64: Buffer.from("\u001b[2J\u00ff", "latin1").toString("base64"),
    });
  });
});
