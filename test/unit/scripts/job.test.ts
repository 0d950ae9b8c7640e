import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { jobEnvironment, jobScript } from "../../../scripts/nested/job.ts";

function runJob(argv: string[], env: Record<string, string> = {}, cwd = "/"): string[] {
  const text = execFileSync("sh", ["-c", jobScript({ argv, env, cwd })], { encoding: "utf8" });
  return text.split("\0").slice(0, -1);
}

describe("the lab's job", () => {
  it("passes any arguments as they are", () => {
    const word = fc.string({ unit: "grapheme", maxLength: 20 }).filter((each) => !each.includes("\0"));
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 5 }), (words) => {
        expect(runJob(["printf", "%s\\0", ...words])).toEqual(words);
      }),
      { numRuns: 30 },
    );
  });

  it("has its directory and environment", () => {
    expect(runJob(["sh", "-c", 'printf "%s\\0" "$PWD" "$A"'], { A: "it's $HOME" }, "/tmp")).toEqual([
      "/tmp",
      "it's $HOME",
    ]);
    expect(() => runJob(["true"], {}, "/no/such/directory")).toThrow();
  });

  it("takes over what a command needs, and no secrets", () => {
    const env = jobEnvironment(
      { PATH: "/bin", NPM_TOKEN: "x", BANGER_X: "1", CI: "1", HOME: "/home/me" },
      true,
    );
    expect(env).toEqual({
      PATH: "/bin",
      BANGER_X: "1",
      CI: "1",
      HOME: "/root",
      TERM: "dumb",
      LANG: "C.UTF-8",
      BANGER_LAB: "1",
      TMPDIR: "/scratch",
    });
    expect(jobEnvironment({}, false)).not.toHaveProperty("TMPDIR");
  });
});
