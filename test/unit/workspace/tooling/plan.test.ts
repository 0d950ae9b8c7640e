import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { planTooling, TOOL_FILES, toolLines } from "../../../../src/workspace/tooling/plan.ts";

const lines = (files: Readonly<Record<string, string>>) =>
  toolLines(planTooling(new Map(Object.entries(files))));

const GO_MOD = `module example.org/tool

go 1.22.0

toolchain go1.22.5

require (
\tgolang.org/x/sys v0.20.0 // indirect
\tgo v9 // no directive
)
`;

const PYPROJECT = `[build-system]
requires = ["hatchling"]

[project]
name = "thing"
requires-python = ">=3.9,<3.13"
`;

const MISE = `[env]
SECRET = "{{ exec(command='touch /tmp/no') }}"

[tools]
node = "20.11"
go = ["1.21", "1.22"]
python = { version = "3.12", virtualenv = ".venv" }
"npm:prettier" = "3"
terraform = 1
hugo = 0.1
ruby = "{{ get_env(name='RUBY') }}"
"--yes" = "1"

[tasks.x]
run = "rm -rf /"
`;

describe("what a file pins", () => {
  it.each<[string, string, string[]]>([
    ["go.mod", GO_MOD, ["go 1.22.5 (go.mod)"]],
    ["go.mod", "module a\r\ngo 1.21\r\n", ["go 1.21 (go.mod)"]],
    ["go.mod", "go 1.22\ntoolchain default\n", ["go 1.22 (go.mod)"]],
    ["go.mod", "module a\ntoolchain go1.23.1-corp\n", ["go 1.23.1 (go.mod)"]],
    ["go.mod", "module a\n", []],
    [".nvmrc", "v20.11.1\n", ["node 20.11.1 (.nvmrc)"]],
    [".nvmrc", "\ufeff# ours\r\nlts/iron\r\n", ["node lts-iron (.nvmrc)"]],
    [".nvmrc", "lts/*", ["node lts (.nvmrc)"]],
    [".nvmrc", "", []],
    [".nvmrc", "iojs-v3", ['not prepared: .nvmrc: "iojs-v3" is no version of Node']],
    [".node-version", "22\n", ["node 22 (.node-version)"]],
    [
      "package.json",
      '{"name":"a","engines":{"node":"^20.1.0 || >=22","pnpm":"9.1.0","vscode":"^1.80.0"}}',
      ["node 22 (package.json: ^20.1.0 || >=22)", "pnpm 9.1.0 (package.json)"],
    ],
    [
      "package.json",
      '{"engines":{"node":"*"}}',
      ['not prepared: package.json: engines.node: "*" names no oldest version'],
    ],
    [
      "package.json",
      '{"engines":{"node":20},"__proto__":{"engines":{}}}',
      ["not prepared: package.json: engines.node is no range"],
    ],
    ["package.json", '{"name":"a"}', []],
    ["package.json", "{", ["not prepared: package.json: it is not JSON"]],
    [".python-version", "3.12.4\n3.11.9\n", ["python 3.12.4 (.python-version)"]],
    [".python-version", "cpython-3.12", ["python 3.12 (.python-version)"]],
    [
      ".python-version",
      "my-env\n",
      ['not prepared: .python-version: "my-env" is no version of Python (a virtualenv\'s name?)'],
    ],
    [".python-version", "system", ["not prepared: .python-version: python: what the image has"]],
    ["pyproject.toml", PYPROJECT, ["python 3.9 (pyproject.toml: >=3.9,<3.13)"]],
    [
      "pyproject.toml",
      '[tool.poetry.dependencies]\npython = "^3.11"\n',
      ["python 3.11 (pyproject.toml: ^3.11)"],
    ],
    ["pyproject.toml", "[project]\nname = 'a'\n", []],
    ["rust-toolchain", "1.74.0\n", ["rust 1.74.0 (rust-toolchain)"]],
    [
      "rust-toolchain",
      '[toolchain]\nchannel = "nightly-2024-05-01"\n',
      ["rust nightly-2024-05-01 (rust-toolchain)"],
    ],
    [
      "rust-toolchain.toml",
      '[toolchain]\nchannel = "stable-x86_64-unknown-linux-gnu"\ncomponents = ["rustfmt"]\n',
      ["rust stable (rust-toolchain.toml)"],
    ],
    [
      "rust-toolchain.toml",
      '[toolchain]\npath = "/opt/rust"\n',
      ["not prepared: rust-toolchain.toml: its toolchain is a directory of somebody's machine"],
    ],
    [
      ".tool-versions",
      "nodejs 20.11.0 18.19.0 # two\ngolang 1.22.1\nruby ref:main\nelixir\n-x 1\n",
      [
        "node 20.11.0 (.tool-versions)",
        "go 1.22.1 (.tool-versions)",
        'not prepared: .tool-versions: ruby: "ref:main" is no version that can be fetched',
        'not prepared: .tool-versions: "elixir" is there without a version',
        'not prepared: .tool-versions: "-x" is no name of a tool',
      ],
    ],
    [
      "mise.toml",
      MISE,
      [
        "node 20.11 (mise.toml)",
        "go 1.21 (mise.toml)",
        "python 3.12 (mise.toml)",
        "npm:prettier 3 (mise.toml)",
        "terraform 1 (mise.toml)",
        'not prepared: mise.toml: "hugo": its version is no text',
        `not prepared: mise.toml: ruby: "{{ get_env(name='RUBY') }}" is no version that can be fetched`,
        'not prepared: mise.toml: "--yes" is no name of a tool',
      ],
    ],
    ["mise.toml", "[tools", ["not prepared: mise.toml: it is not TOML"]],
    ["mise.toml", "tools = 3", ["not prepared: mise.toml: `tools` is no table"]],
  ])("%s: %j", (name, text, expected) => expect(lines({ [name]: text })).toEqual(expected));
});

describe("a repository with several", () => {
  it("takes each tool once, from the file that says it most clearly, and tells what gave way", () => {
    const files = {
      "package.json": '{"engines":{"node":">=18"}}',
      ".nvmrc": "22",
      ".tool-versions": "python 3.12.1\n",
      ".python-version": "3.12.1",
      "go.mod": GO_MOD,
    };
    expect(lines(files)).toEqual([
      "python 3.12.1 (.tool-versions)",
      "go 1.22.5 (go.mod)",
      "node 22 (.nvmrc)",
      "not prepared: package.json: node >=18 gives way to 22 of .nvmrc",
    ]);
  });

  it("does not take more tools than anybody means", () => {
    const many = Array.from({ length: 3_000 }, (_, index) => `tool${index} 1`).join("\n");
    const plan = planTooling(new Map([[".tool-versions", many]]));
    expect(plan.tools).toHaveLength(50);
    expect(plan.notes).toEqual(["only the first 50 of 3000 tools are prepared"]);
  });

  it("never fails, and gives only words that are safe on a command line", () => {
    const file = fc.constantFrom(...TOOL_FILES);
    const text = fc.oneof(
      fc.string(),
      fc.string({ unit: "binary" }),
      fc.json(),
      fc.constantFrom(GO_MOD, MISE, PYPROJECT),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(file, text), { maxLength: 6 }), (given) => {
        const plan = planTooling(new Map(given));
        for (const { tool, version } of plan.tools) {
          expect(tool).toMatch(/^[A-Za-z0-9][\w.:/@-]*$/);
          expect(version).toMatch(/^[A-Za-z0-9][\w.+-]*$/);
        }
      }),
    );
  });

  it("survives documents that are made to hurt", () => {
    const deep = "[".repeat(200_000);
    for (const name of TOOL_FILES) {
      for (const text of [
        deep,
        `a = ${deep}`,
        " ".repeat(1_000_000),
        "-".repeat(1_000_000),
        `go ${"9".repeat(1_000_000)}`,
      ]) {
        expect(lines({ [name]: text }).length).toBeLessThan(60);
      }
    }
    expect(
      lines({ "package.json": JSON.stringify({ engines: { node: ">".repeat(100_000) } }) }).join().length,
    ).toBeLessThan(200);
  });
});
