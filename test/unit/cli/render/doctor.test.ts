import { describe, expect, it } from "vitest";
import { renderReport } from "../../../../src/cli/render/doctor.ts";
import { styleFor } from "../../../../src/cli/render/style.ts";
import type { DoctorCheck } from "../../../../src/domain/doctor.ts";

const build = { version: "1", commit: "a", time: "" };
const line = (check: Partial<DoctorCheck>): DoctorCheck => ({
  ...{ id: "tun", status: "pass", message: "it opens", details: [], next: null, command: null },
  ...check,
});
const render = (...checks: DoctorCheck[]) => renderReport({ build, checks }, styleFor(false));

describe("doctor's report", () => {
  it("has a line per check, with what led to it and what mends it below", () => {
    const text = render(
      line({}),
      line({
        id: "network",
        status: "fail",
        message: "taken",
        next: "choose",
        details: ["by office"],
        command: "do it",
      }),
    );
    expect(text).toBe(
      [
        "pass  tun      it opens",
        "fail  network  taken",
        "               by office",
        "               next: choose",
        "               run:  do it",
        "",
        "1 failed, 0 to look at: VMs do not run, or not all of them.",
        "",
      ].join("\n"),
    );
  });

  it("folds at words where a terminal is narrow, but never a command", () => {
    const long = "word ".repeat(20).trim();
    const text = renderReport(
      { build, checks: [line({ status: "fail", message: long, next: long, command: long })] },
      styleFor(false),
      60,
    );
    const lines = text.split("\n");
    expect(lines.filter((each) => each.length > 60)).toEqual([`           run:  ${long}`]);
    expect(lines[1]).toMatch(/^ {11}word/);
    expect(text).toMatch(/\n {11}next: word.*\n {17}word/);
  });

  it("sums up what is well", () => {
    expect(render(line({}))).toContain("All is well.");
    expect(render(line({ status: "warn" }))).toContain("Nothing failed, 1 to look at: VMs run.");
  });

  it("shows no control characters of what it found", () => {
    const text = render(line({ message: "a\u001b[31mb", details: ["c\nd"] }));
    expect(text).toContain("a\\u001b[31mb");
    expect(text).toContain("c d");
  });
});
